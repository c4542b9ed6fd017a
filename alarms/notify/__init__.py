"""Tells people of alarms by e-mail, webhook and messenger: see docs/notifications.md.

`outbox` queues in the transaction that moves the alarm, `deliver` sends, senders know one way each.
"""
