-- Who may write a read model. `session` is an advisory lock that its owner holds: when that is free, the owner is
-- gone and nobody needs to wait for the lease to run out.
create table ops.leases (
  projection text primary key,
  owner text not null,
  session bigint not null,
  fence bigint not null,
  expires_at timestamptz not null
);
