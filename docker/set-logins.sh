#!/bin/sh
# Replaces the default passwords of EventStoreDB and makes the login `aura`. Does nothing where that is done.
set -eu

keys=${KEYS:-/keys}
attempts=60

# call <login> <password> <method> <path> [body]: prints the HTTP status, 000 without an answer.
call() {
  curl --silent --cacert "$keys/ca/ca.crt" --max-time 10 --output /dev/null --write-out '%{http_code}' \
    --user "$1:$2" --request "$3" ${5:+--header 'Content-Type: application/json' --data "$5"} "$EVENTSTORE$4" || true
}

works() {
  [ "$(call "$1" "$(cat "$keys/$1")" GET '/users/$current')" = 200 ]
}

set_password() {
  works "$1" && return
  body="{\"currentPassword\":\"changeit\",\"newPassword\":\"$(cat "$keys/$1")\"}"
  [ "$(call "$1" changeit POST "/users/$1/command/change-password" "$body")" = 200 ]
}

make_login() {
  works aura && return
  body="{\"loginName\":\"aura\",\"fullName\":\"Aura Ledger\",\"groups\":[\"\$admins\"],\"password\":\"$(cat "$keys/aura")\"}"
  [ "$(call admin "$(cat "$keys/admin")" POST /users/ "$body")" = 201 ] && works aura
}

attempt=1
until set_password admin && set_password ops && make_login; do
  if [ "$attempt" -ge "$attempts" ]; then
    echo 'EventStoreDB does not take the logins.' >&2
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 1
done
echo 'The default passwords are gone; the login aura works.'
