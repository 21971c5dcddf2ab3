#!/usr/bin/env bash
# A process of a scenario that spoils the evidence behind everybody's back once all coupons are there:
# vandal.sh delete|duplicate. It says what it did on stdout, and stays: a process that ends would be noticed.
set -euo pipefail

ask() {
    psql --no-psqlrc --quiet --tuples-only --no-align "$DATABASE_URL" --command "$1"
}

case ${1:?delete or duplicate} in
    delete) spoil='DELETE FROM coupon WHERE id = (SELECT id FROM coupon ORDER BY id LIMIT 1 OFFSET 41) RETURNING user_id' ;;
    duplicate) spoil='INSERT INTO coupon (user_id) SELECT user_id FROM coupon ORDER BY id LIMIT 1 OFFSET 41 RETURNING user_id' ;;
    *) exit 3 ;;
esac

until [[ $(ask 'SELECT count(*) FROM coupon' 2>/dev/null) == 0 ]]; do
    sleep 0.02
done
echo watching
until [[ $(ask 'SELECT count(*) FROM coupon') -ge ${LIMIT:-100} ]]; do
    sleep 0.002
done
echo "spoiled user $(ask "$spoil")"
exec sleep infinity
