#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/seats-mail: told once when seats run out, weekly anyway, else quiet.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_examples.sh
. "$(dirname "$0")/functions_examples.sh"

# What is sent, to a folder that a test looks into: mail/1, mail/2 …
mkdir bin mail
cat >bin/sendmail <<'END'
#!/bin/sh
test "$1" = -t || exit 64
test ! -e mail/refuse || exit 75
cat >"mail/$(($(ls mail | wc -l) + 1))"
END
chmod +x bin/sendmail
PATH=$WORK/bin:$PATH
start_sandbox --users 40
mount_tenant settle=1
manners seats-mail DIR it@example.com
manners seats-mail --below 2 --weekly 3 DIR it@example.com
refuse "usage: seats-mail" 2 "$examples/seats-mail" --below many "$mnt" it@example.com
for day in Monday 0 8 17 "" never; do
	refuse "a day is 1 (Monday) to 7 (Sunday)" 2 \
		"$examples/seats-mail" --weekly "$day" "$mnt" it@example.com
done
training=$mnt/licenses/gototraining # 5 are free
mutate '{"op":"update-license","license":"OpenVoice","seats":-1}' # unknown
refresh_tenant
calls_clear

# mails N: so many were sent; mailed N [FILTER]: what a mail program reads
mails() {
	is "$1" "$(find mail -type f | wc -l)"
}

mailed() {
	python3 - "mail/$1" "$2" <<'END'
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
assert not m.defects and len(list(m.iter_parts())) == 2
text, table = m.iter_parts()
what = {"text": text.get_content(), "csv": table.get_content(), "file": table.get_filename()}
print(what.get(sys.argv[2]) or m[sys.argv[2]], end="")
END
}

step "the first time: what is low is told, to everybody"
says "" "$examples/seats-mail" "$mnt" it@example.com "Boss <boss@example.com>"
mails 1
is "it@example.com, Boss <boss@example.com>" "$(mailed 1 To)"
is "GoTo seats (sandbox): licenses below 3 free: 1" "$(mailed 1 Subject)"
mailed 1 csv | cmp - "$mnt/reports/license-position.csv" || fail "another table"
is "license-position-$(date +%F).csv" "$(mailed 1 file)"
mailed 1 text >text
is "  gotomeeting-starter" "$(sed -n 2p text)"
grep -qE "^gototraining +9 +4 +5 +0$" text || fail "no table" "$(cat text)"
grep -qE "^openvoice +\? +1 +\? +0$" text || fail "no unknown" "$(cat text)"
grep -qF "As of $(jq -r .mirror.refreshed "$mnt/.gotofs/status.json")." text || fail "no date"

step "no mail goes out without its table"
printf '#!/bin/sh\nexit 127\n' >bin/column
chmod +x bin/column
refuse "column failed" 1 "$examples/seats-mail" --weekly "$(date +%u)" "$mnt" it@example.com
rm bin/column
mails 1

step "nothing new: quiet; but on the day of the week"
says "" "$examples/seats-mail" "$mnt" it@example.com
says "" "$examples/seats-mail" --weekly $(($(date +%u) % 7 + 1)) "$mnt" it@example.com
mails 1
says "" "$examples/seats-mail" --weekly "$(date +%u)" "$mnt" it@example.com
mails 2

step "one more falls below: told once; when sendmail fails it is told the next time"
for name in ann.lee dan.fox kim.park; do
	expect ln -s "../../users/$name@example.com.json" "$training/"
done
sync_tenant
touch mail/refuse
refuse "sendmail failed" 1 "$examples/seats-mail" "$mnt" it@example.com
rm mail/refuse
says "" "$examples/seats-mail" "$mnt" it@example.com
says "" "$examples/seats-mail" "$mnt" it@example.com
mails 3
is "GoTo seats (sandbox): licenses below 3 free: 2" "$(mailed 3 Subject)"
says "" "$examples/seats-mail" --below 1 "$mnt" it@example.com
mails 3

step "it rises, quietly, and falls again"
expect rm "$training/ann.lee@example.com.json"
sync_tenant
says "" "$examples/seats-mail" "$mnt" it@example.com
mails 3
expect ln -s ../../users/ann.lee@example.com.json "$training/"
sync_tenant
says "" "$examples/seats-mail" "$mnt" it@example.com
mails 4
