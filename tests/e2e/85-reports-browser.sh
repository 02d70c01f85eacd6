#!/bin/bash
# SPDX-License-Identifier: MIT
# reports/index.html in a real browser: at a phone's width and at a desk, light
# and dark; its numbers are those of license-position.csv, nothing is loaded
# from elsewhere. The pictures are in $PICTURES, when that is set:
#
#	PICTURES=/tmp tests/e2e/run -k 85; cp /tmp/desktop.png docs/reports.png
#
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

here=$(cd "$(dirname "$0")" && pwd)
db=$XDG_STATE_HOME/gotofs/sandbox/mirror.db
reports=$mnt/reports

step "an account with prices, and 60 days behind it"
command -v chromium >/dev/null || fail "install the package chromium"
cat >"$XDG_CONFIG_HOME/gotofs/prices.csv" <<'END'
license,price,currency
gotomeeting-*,16,EUR
gotowebinar-*,199,EUR
gototraining,109,EUR
gotoconnect-*,24,EUR
gotoassist-*,39.50,EUR
END
activity_products=all
start_sandbox
sed -i 's/^products = all$/&\nwindow = 390/' "$XDG_CONFIG_HOME/gotofs/sandbox.conf"
mount_tenant
settled() {
	test "$(sqlite3 "$db" 'SELECT count(*) FROM trend')" -gt 0
}
await 60 settled
unmount_tenant
sqlite3 "$db" "
WITH RECURSIVE back(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM back WHERE n < 60)
INSERT INTO trend SELECT day - n, license_key,
	owned - CASE WHEN n > 35 THEN owned / 12 ELSE 0 END,
	assigned - n * assigned / 400 + (n / 11 + license_key % 7) % 2,
	assigned * 7 / 10 - n * assigned / 500 + (n / 7 + license_key % 7) % 2,
	unknown, assigned / 4 + n * assigned / 600
FROM trend, back;
UPDATE link SET since_ns = since_ns - 20000000000000000"
mount_tenant
expect "$gotofs" refresh --activity "$mnt"

step "numbers"
expect cp "$reports/index.html" page.html
expect cp "$reports/license-position.csv" position.csv
python3 "$here/browse" page.html "$WORK" >found.json || fail "the browser"
python3 - position.csv found.json <<'END' || fail "page and table differ"
import csv, json, sys
with open(sys.argv[1], newline="", encoding="utf-8") as f:
    table = {row["license"]: row for row in csv.DictReader(f)}
with open(sys.argv[2], encoding="utf-8") as f:
    page = json.load(f)["rows"]
assert table.keys() == page.keys(), (table.keys(), page.keys())
for name, row in page.items():
    assert len(row) == 14, row
    for column, text in row.items():
        want = table[name][column]
        if column in ("cost", "possibleSavings") and want:
            want += " " + table[name]["currency"]
        got = text.replace("\u202f", "")
        assert got == want, (name, column, got, want)
print(len(page), "licenses")
END

step "no window is too narrow, no word too small, nothing comes from elsewhere"
is "" "$(jq -r '.widths | to_entries[] | select(.value > (.key | tonumber))' found.json)"
is "[]" "$(jq -c '.scrolling."360"' found.json)"
is "[]" "$(jq -c '.scrolling."1200"' found.json)"
is "[]" "$(jq -c .small found.json)"
is "[]" "$(jq -c .loaded found.json)"
is "H1 GoTo seats" "$(jq -r '.headings[0]' found.json)"

step "the pictures"
for picture in desktop dark phone; do
	test "$(head -c 4 $picture.png | tail -c 3)" = PNG || fail "no $picture.png"
	test "$(stat -c %s $picture.png)" -gt 30000 || fail "$picture.png is empty"
	test -z "${PICTURES:-}" || expect cp $picture.png "$PICTURES/"
done
! cmp -s desktop.png dark.png || fail "dark is light"

step "on paper: as such, whatever the screen is like"
sheets() {
	tr -d '\0' <"$1" | grep -aoE '/Type ?/Page\b' | wc -l
}
for paper in paper plain; do
	is "%PDF" "$(head -c 4 $paper.pdf)"
	test "$(sheets $paper.pdf)" -ge 2 || fail "$paper.pdf: $(sheets $paper.pdf) sheets"
done
told() {
	sed -E 's/(Title|CreationDate|ModDate) \([^)]*\)//' "$1" | md5sum
}
test "$(told paper.pdf)" != "$(told plain.pdf)" || fail "paper is a screen"
