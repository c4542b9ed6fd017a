"""The alarm journal: numbered and linked at the commit, and then never changed.

As for the audit trail (devices 0006): the lock is asked for at the commit, after every other lock
of the transaction, so that writers of the journal wait for each other, but never in a circle. It is
the same lock, since one transaction may write both.
"""

from django.db import migrations

SEAL = """
create function alarms_journal_seal() returns trigger language plpgsql as $$
declare
    last record;
    e record;
begin
    perform pg_advisory_xact_lock(7236871);
    select * into e from alarms_journalentry where id = new.id and number is null;
    if not found then
        return null;
    end if;
    select number, digest into last from alarms_journalentry where number is not null
        order by number desc limit 1;
    update alarms_journalentry set
        number = coalesce(last.number, 0) + 1,
        digest = encode(sha256(convert_to(jsonb_build_array(
            coalesce(last.digest, ''), (coalesce(last.number, 0) + 1)::text,
            (extract(epoch from e.at) * 1000000)::int8::text,
            (extract(epoch from e.source_time) * 1000000)::int8::text,
            e.site_id::text, e.alarm_id::text, e.occurrence::text, e.rule_id::text,
            e.rule_version::text, e.rule_name, e.kind, e.priority::text, e.source, e.device_uid,
            e.area, e.tag_name, e.action, e.before, e.after, e.holds, e.announced::text,
            e.historical::text, e.actor, e.reason, e.value::text, e."limit"::text,
            e.detection_id::text, e.request_id::text
        )::text, 'UTF8')), 'hex')
    where id = e.id;
    return null;
end $$;

create constraint trigger journal_sealed after insert on alarms_journalentry
    deferrable initially deferred for each row execute function alarms_journal_seal();
"""
KEEP = """
create function alarms_journal_keep() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.number is null and new.number is not null
        and (to_jsonb(old) - 'number' - 'digest') = (to_jsonb(new) - 'number' - 'digest') then
        return new;
    end if;
    raise exception 'the alarm journal is append-only: % is refused', tg_op
        using errcode = 'insufficient_privilege';
end $$;

create trigger journal_kept before update or delete on alarms_journalentry
    for each row execute function alarms_journal_keep();
create trigger journal_not_emptied before truncate on alarms_journalentry
    for each statement execute function alarms_journal_keep();
"""
UNDO = """
drop trigger journal_sealed on alarms_journalentry;
drop trigger journal_kept on alarms_journalentry;
drop trigger journal_not_emptied on alarms_journalentry;
drop function alarms_journal_seal();
drop function alarms_journal_keep();
"""


class Migration(migrations.Migration):

    dependencies = [("alarms", "0005_alarms")]

    operations = [migrations.RunSQL(SEAL + KEEP, UNDO)]
