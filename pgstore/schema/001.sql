-- Version 1 of the schema kakaocert, for PostgreSQL 13 and later.
-- Run it as the role that is to own the schema, in one transaction:
--     psql -v ON_ERROR_STOP=1 --single-transaction -f 001.sql
-- That role needs CREATEROLE the first time, unless the roles below exist.

create schema kakaocert;

create table kakaocert.schema_version (version int not null);
insert into kakaocert.schema_version values (1);

-- Roles. None of them logs in: grant them to the roles that do.
--   kakaocert_pod      the institution's backends: flows, evidence, orders
--   kakaocert_auditor  reads the evidence and the log of flows
--   kakaocert_purge    deletes evidence whose time is over, and old flows
do $$
declare
  name text;
begin
  foreach name in array array['kakaocert_pod', 'kakaocert_auditor', 'kakaocert_purge'] loop
    begin
      execute format('create role %I nologin', name);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;
grant usage on schema kakaocert to kakaocert_pod, kakaocert_auditor, kakaocert_purge;
grant select on kakaocert.schema_version to kakaocert_pod, kakaocert_auditor, kakaocert_purge;

-- Evidence ------------------------------------------------------------------

-- A record, an attachment or a checkpoint is made of pieces. Each is durable as
-- it comes from Kakao. Sealed bytes do not compress. An id begins with its time
-- in UTC (20261127T003000Z-...), so that a range of ids is a month; the number of
-- a checkpoint begins with 0.
create table kakaocert.evidence_piece (
  id      text collate "C" not null,
  kind    text collate "C" not null,
  number  int              not null check (number >= 0),
  last    boolean          not null,          -- no other piece follows
  bytes   bytea            not null,
  made_at timestamptz      not null default clock_timestamp(),
  primary key (id, kind, number)
) partition by range (id);
alter table kakaocert.evidence_piece alter column bytes set storage external;
create table kakaocert.evidence_piece_checkpoints partition of kakaocert.evidence_piece for values from (minvalue) to ('2');
create table kakaocert.evidence_piece_rest partition of kakaocert.evidence_piece default;

-- The entries of all chains. A chain has each number once, so that it cannot
-- fork. They are never deleted, purged records' neither, and are small: the table
-- has no partitions, so that a transaction is found by one look into one index.
create table kakaocert.evidence_entry (
  chain  text collate "C" not null,
  number bigint           not null check (number > 0),
  event  text collate "C" not null,
  about  text collate "C" not null,           -- the record, or empty
  tx_id  text collate "C" not null,           -- of a record's begin, or empty
  line   bytea            not null,
  primary key (chain, number)
);
create index evidence_entry_about on kakaocert.evidence_entry (about, chain, number) where about <> '';
create index evidence_entry_event on kakaocert.evidence_entry (event, chain, number) where event <> 'begun' and event <> 'ended';
create index evidence_entry_tx_id on kakaocert.evidence_entry (tx_id, chain, number) where tx_id <> '';

-- Copies of file keys, sealed to the key that all pods share. A pod deletes that
-- of a flow that has ended, and can read its record no longer. It is the only
-- table of evidence from which pods delete.
create table kakaocert.evidence_recovery (
  id      text collate "C" primary key,
  bytes   bytea            not null,
  made_at timestamptz      not null default clock_timestamp()
);

-- A piece follows the one before it, and none follows the last. Whoever finds
-- its place taken is told so as a unique violation.
create function kakaocert.evidence_follows() returns trigger language plpgsql as $$
begin
  if new.number > 0 and not exists (
    select from kakaocert.evidence_piece p
     where p.id = new.id and p.kind = new.kind and p.number = new.number - 1 and not p.last) then
    raise exception 'the object has ended, or the piece before this one is missing' using errcode = 'unique_violation';
  end if;
  return new;
end $$;
create trigger evidence_follows before insert on kakaocert.evidence_piece
  for each row execute function kakaocert.evidence_follows();

-- What was kept does not change, for the owner of the tables neither. Only
-- who has set the role kakaocert_purge deletes, and from the tables that the
-- trigger allows.
create function kakaocert.refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and tg_nargs = 1 and current_user = 'kakaocert_purge' then
    return old;
  end if;
  raise exception '% of % is refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger refuse_change before update or delete on kakaocert.evidence_piece
  for each row execute function kakaocert.refuse_change('purge');
create trigger refuse_truncate before truncate on kakaocert.evidence_piece
  for each statement execute function kakaocert.refuse_change();
create trigger refuse_truncate before truncate on kakaocert.evidence_piece_checkpoints
  for each statement execute function kakaocert.refuse_change();
create trigger refuse_truncate before truncate on kakaocert.evidence_piece_rest
  for each statement execute function kakaocert.refuse_change();
create trigger refuse_change before update or delete on kakaocert.evidence_entry
  for each row execute function kakaocert.refuse_change();
create trigger refuse_truncate before truncate on kakaocert.evidence_entry
  for each statement execute function kakaocert.refuse_change();
create trigger refuse_change before update on kakaocert.evidence_recovery
  for each row execute function kakaocert.refuse_change();

grant select, insert on kakaocert.evidence_piece, kakaocert.evidence_entry to kakaocert_pod;
grant select, insert, delete on kakaocert.evidence_recovery to kakaocert_pod;
grant select on kakaocert.evidence_piece, kakaocert.evidence_entry, kakaocert.evidence_recovery to kakaocert_auditor;
grant select, delete on kakaocert.evidence_piece, kakaocert.evidence_recovery to kakaocert_purge;

-- Flows ---------------------------------------------------------------------

-- A flow is one row under the institution's own number. Every change compares
-- and sets rev. input is sealed by the pods and is gone when the flow has ended.
create table kakaocert.flow (
  id          text collate "C" primary key,
  product     text        not null,
  state       text        not null,
  transaction text        not null,
  key_version int         not null,
  app_link    text        not null,
  signed_at   timestamptz,
  fetch_by    timestamptz,
  verifies    int         not null,
  evidence_id text        not null,
  reason      text        not null,
  code        text        not null,
  input       bytea,
  rev         bigint      not null,
  held        boolean     not null default false,
  owner       text        not null,
  lease_until timestamptz,
  due_at      timestamptz not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null
) with (fillfactor = 70);
create index flow_due on kakaocert.flow (due_at) where state <> 'ended' and not held;
create index flow_open on kakaocert.flow (created_at) where state <> 'ended';

-- What was decided, by which pod and when.
create table kakaocert.flow_log (
  flow     text collate "C" not null,
  rev      bigint           not null,
  state    text             not null,
  owner    text             not null,
  reason   text             not null,
  at       timestamptz      not null,
  primary key (flow, rev)
);
create trigger refuse_change before update or delete on kakaocert.flow_log
  for each row execute function kakaocert.refuse_change('purge');
create trigger refuse_truncate before truncate on kakaocert.flow_log
  for each statement execute function kakaocert.refuse_change();

grant select, insert, update on kakaocert.flow to kakaocert_pod;
grant select, insert on kakaocert.flow_log to kakaocert_pod;
grant select on kakaocert.flow_log to kakaocert_auditor;
grant select, delete on kakaocert.flow, kakaocert.flow_log to kakaocert_purge;

-- Orders that were accepted --------------------------------------------------

-- A key is remembered until the end of its session, which lasts hours. So the
-- table has a partition a day, and a day that is over is dropped as a whole.
create table kakaocert.replay (
  until timestamptz not null,
  key   bytea       not null,
  primary key (until, key)
) partition by range (until);
create table kakaocert.replay_rest partition of kakaocert.replay default;
grant insert on kakaocert.replay to kakaocert_pod;

-- Partitions -----------------------------------------------------------------

-- maintain makes the partitions of the next months and days, and drops the days
-- of replay that are over. Let the owner run it once a day:
--     select kakaocert.maintain();
-- What comes while a partition is missing goes to the rest, and stays there.
create function kakaocert.maintain(months int default 3, days int default 7) returns void language plpgsql as $$
declare
  month timestamp := date_trunc('month', clock_timestamp() at time zone 'UTC');
  day   timestamp := date_trunc('day', clock_timestamp() at time zone 'UTC');
  old   text;
begin
  for n in 0 .. months loop
    perform kakaocert.add_partition('evidence_piece', to_char(month, 'YYYY_MM'),
      quote_literal(to_char(month, 'YYYYMM')), quote_literal(to_char(month + interval '1 month', 'YYYYMM')));
    month := month + interval '1 month';
  end loop;
  for n in 0 .. days loop
    perform kakaocert.add_partition('replay', to_char(day + n * interval '1 day', 'YYYY_MM_DD'),
      quote_literal(to_char(day + n * interval '1 day', 'YYYY-MM-DD') || ' 00:00:00Z'),
      quote_literal(to_char(day + (n + 1) * interval '1 day', 'YYYY-MM-DD') || ' 00:00:00Z'));
  end loop;
  for old in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'kakaocert.replay'::regclass and c.relname <> 'replay_rest'
       and c.relname < 'replay_' || to_char(day - interval '1 day', 'YYYY_MM_DD')
  loop
    execute format('drop table kakaocert.%I', old);
  end loop;
  delete from kakaocert.replay_rest where until < day - interval '1 day';
end $$;

create function kakaocert.add_partition(parent text, suffix text, low text, high text) returns void language plpgsql as $$
declare
  name text := parent || '_' || suffix;
begin
  if to_regclass(format('kakaocert.%I', name)) is not null then
    return;
  end if;
  execute format('create table kakaocert.%I partition of kakaocert.%I for values from (%s) to (%s)', name, parent, low, high);
  if parent = 'evidence_piece' then
    execute format('create trigger refuse_truncate before truncate on kakaocert.%I for each statement execute function kakaocert.refuse_change()', name);
  end if;
exception when check_violation then
  raise warning 'kakaocert.% is not made: its rows are in the rest already', name;
end $$;
revoke all on function kakaocert.maintain(int, int), kakaocert.add_partition(text, text, text, text) from public;

select kakaocert.maintain();
