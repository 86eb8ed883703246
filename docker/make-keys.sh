#!/usr/bin/env bash
# Makes passwords and certificates into three volumes, once. What an interrupted run has left is made anew.
# Passwords that the databases know already must not change, so that nothing is made when the last file is there.
set -euo pipefail
umask 077

keys=${KEYS:-/keys}
postgres_uid=999 eventstore_uid=1000 service_uid=10001
days=3650

if [ -e "$keys/service/environment" ]; then
  echo 'The keys are there.'
  exit 0
fi

password() {
  head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'
}

postgres_password=$(password)
login_password=$(password)

# EventStoreDB: a certificate authority for this node only; its key is thrown away.
cd "$keys/eventstore"
rm -rf ca node
es-gencert-cli create-ca -days "$days"
es-gencert-cli create-node -days "$days" -out ./node -ip-addresses 127.0.0.1 -dns-names eventstore,localhost
rm -f ca/ca.key
password > admin
password > ops
printf '%s' "$login_password" > aura

cd "$keys/postgres"
printf '%s' "$postgres_password" > password

cd "$keys/service"
cp "$keys/eventstore/ca/ca.crt" ca.crt
printf '%s' "$(password)" > admin-api-key
cat > environment.new <<END
DATABASE_URL=postgres://aura:$postgres_password@postgres:5432/aura
EVENTSTORE_URL=esdb://aura:$login_password@eventstore:2113?tls=true&tlsCAFile=/keys/ca.crt
ADMIN_API_KEY=$(cat admin-api-key)
END

chown -R "$postgres_uid:$postgres_uid" "$keys/postgres"
chown -R "$eventstore_uid:$eventstore_uid" "$keys/eventstore"
chown -R "$service_uid:$service_uid" "$keys/service"
mv environment.new environment
echo 'The keys are made.'
