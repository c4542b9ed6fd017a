"""The audit trail: numbered and linked at the commit, and then never changed."""

from django.db import migrations, models

# The lock is asked for at the commit, after every other lock of the transaction, and held for as
# long as the commit takes: writers of the trail wait for each other, but cannot wait in a circle.
SEAL = """
create function devices_audit_seal() returns trigger language plpgsql as $$
declare
    last record;
    entry record;
begin
    perform pg_advisory_xact_lock(7236871);
    select * into entry from devices_auditentry where id = new.id and number is null;
    if not found then
        return null;
    end if;
    select number, digest into last from devices_auditentry where number is not null
        order by number desc limit 1;
    update devices_auditentry set
        number = coalesce(last.number, 0) + 1,
        digest = encode(sha256(convert_to(jsonb_build_array(
            coalesce(last.digest, ''), (coalesce(last.number, 0) + 1)::text,
            (extract(epoch from entry.at) * 1000000)::int8::text,
            entry.actor, entry.remote, entry.action, entry.kind, entry.object_id,
            entry.object_name, entry.site_id::text, entry.before::text, entry.after::text
        )::text, 'UTF8')), 'hex')
    where id = entry.id;
    return null;
end $$;

create constraint trigger audit_sealed after insert on devices_auditentry
    deferrable initially deferred for each row execute function devices_audit_seal();
"""
KEEP = """
create function devices_audit_keep() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.number is null and new.number is not null
        and (to_jsonb(old) - 'number' - 'digest') = (to_jsonb(new) - 'number' - 'digest') then
        return new;
    end if;
    raise exception 'the audit trail is append-only: % is refused', tg_op
        using errcode = 'insufficient_privilege';
end $$;

create trigger audit_kept before update or delete on devices_auditentry
    for each row execute function devices_audit_keep();
create trigger audit_not_emptied before truncate on devices_auditentry
    for each statement execute function devices_audit_keep();
"""
UNDO = """
drop trigger audit_sealed on devices_auditentry;
drop trigger audit_kept on devices_auditentry;
drop trigger audit_not_emptied on devices_auditentry;
drop function devices_audit_seal();
drop function devices_audit_keep();
"""


class Migration(migrations.Migration):

    dependencies = [("devices", "0005_configuration_and_people")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="number",
            field=models.BigIntegerField(null=True, unique=True, verbose_name="number"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.RunSQL(SEAL + KEEP, UNDO),
    ]
