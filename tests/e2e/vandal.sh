#!/usr/bin/env bash
# A process of a scenario that spoils the evidence behind everybody's back as soon as all coupons are there:
# vandal.sh delete|duplicate. It says what it did, and stays: a process that ends would be noticed.
set -euo pipefail

case ${1:?delete or duplicate} in
    delete) spoil='DELETE FROM coupon WHERE user_id = victim' ;;
    duplicate) spoil='INSERT INTO coupon (user_id) VALUES (victim)' ;;
    *) exit 3 ;;
esac

until psql --no-psqlrc --quiet "$DATABASE_URL" --command 'SELECT FROM coupon' >/dev/null 2>&1; do
    sleep 0.02
done
echo watching

# One session that looks every two milliseconds: a program started for each look could be too slow to be in time.
psql --no-psqlrc --quiet "$DATABASE_URL" 2>&1 <<SQL
DO \$\$
DECLARE
    victim bigint;
BEGIN
    WHILE (SELECT count(*) FROM coupon) < ${LIMIT:-100} LOOP
        PERFORM pg_sleep(0.002);
    END LOOP;
    SELECT user_id INTO victim FROM coupon ORDER BY id LIMIT 1 OFFSET 41;
    $spoil;
    RAISE NOTICE 'spoiled user %', victim;
END
\$\$;
SQL
exec sleep infinity
