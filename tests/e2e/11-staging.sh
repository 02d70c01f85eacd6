#!/bin/bash
# SPDX-License-Identifier: MIT
# Staged bytes (DESIGN 4.1, a to e): when they are a document, what is
# remembered of the verdict, and what is dropped.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant
calls_clear

# python CODE ARG...: with os, sys and f, the file that it opens without
# truncation for reading and writing; a failed call is its message and status 1
python() {
	python3 -c '
import mmap, os, sys
f = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT)
try:
    exec(sys.argv[1])
except OSError as e:
    sys.exit(e.strerror)
' "$@"
}

step "(a) the last byte of the object commits, whatever the pieces"
pieces() {
	{
		echo '{'
		echo '"lastName":'
		printf '"Pieces"'
		echo '}'
		echo
	} >"$1"
}
expect pieces "$ann"
field "$ann" .lastName Pieces
expect_calls "PUT /users/{}=1"
printf '{"lastName":"Bytes"}' >t
expect dd if=t of="$ann" bs=1 status=none
field "$ann" .lastName Bytes
expect_calls "PUT /users/{}=1"

step "(a) without a truncation, what the base had behind it is gone"
expect dd if=t of="$ann" bs=7 conv=notrunc status=none
expect_calls
printf '{"lastName":"Lee"}' >t
expect dd if=t of="$ann" bs=7 conv=notrunc status=none
field "$ann" .lastName Lee
expect_calls "PUT /users/{}=1"

step "(a) offset 0 begins anew: a second try on the same descriptor"
stays "$ann" expect python '
os.write(f, b"{\"lastName\":\"Le")
os.pwrite(f, b"{\"lastName\":\"Lee\"}\n", 0)
os.ftruncate(f, 19)' "$ann"
expect_calls
refuse "Invalid argument" 1 python '
try:
    os.write(f, b"[")
    sys.exit("taken")
except OSError:
    os.pwrite(f, b"[", 0)' "$ann"
expect python 'os.pwrite(f, b"{\"lastName\":\"Again\"}", 0)' "$ann"
field "$ann" .lastName Again
expect_calls "PUT /users/{}=1"

step "(a) a syntax error fails the very write, with its line and column"
broken() {
	{ echo '{'; echo ' "lastName" "x"'; } >"$1"
}
stays "$ann" refuse "Invalid argument" 1 broken "$ann"
error_record users/ann.lee@example.com.json 'line 2, column 13'
expect_calls

# fresh NAME WORD: a file that nobody has written to within a minute, and
# where WORD is in it
fresh() {
	file=$users/$1@example.com.json
	at=$(grep -m 1 -bo "$2" "$file" | cut -d: -f1)
	size=$(stat -c %s "$file")
}

step "(b) elsewhere first: ftruncate commits, and never fails"
fresh dan.fox '"Fox"'
expect python "
os.pwrite(f, b'\"Elk\"', $at)
os.ftruncate(f, $size)
os.fsync(f)" "$file"
field "$file" .lastName Elk
expect_calls "PUT /users/{}=1"
fresh kim.park '"Park"'
stays "$file" refuse "Invalid argument" 1 python "
os.pwrite(f, b'\"Pa\"kx', $at)
os.ftruncate(f, $size)
try:
    os.ftruncate(f, $size - 1)
    os.ftruncate(f, $size)
except OSError:
    sys.exit('a truncation failed')
os.fsync(f)" "$file"
acknowledge
expect_calls

step "(b) fsync commits"
fresh reporter .
fresh reporter "$(jq .lastName "$file")"
expect python "os.pwrite(f, b'\"F', $at); os.fsync(f)" "$file"
is F "$(jq -r .lastName "$file" | cut -c 1)"
expect_calls "PUT /users/{}=1"

step "(b) 2 s of quiet commit; a refusal is for sync to tell"
fresh manager .
fresh manager "$(jq .lastName "$file")"
expect python "os.pwrite(f, b'\"Q', $at)" "$file"
is Q "$(jq -r .lastName "$file" | cut -c 1)"
expect_calls
wait_for_calls "PUT /users/{}" 1
sync_tenant
is Q "$(tenant_user manager@example.com .lastName | cut -c 1)"
calls_clear
fresh cora.connect .
fresh cora.connect "$(jq .lastName "$file")"
cp "$file" before
expect python "os.pwrite(f, b'\"\"', $at)" "$file"
await 30 test -e "$mnt/.gotofs/errors/users/cora.connect@example.com.json.txt"
expect cmp before "$file"
sync_tells users/cora.connect@example.com.json
acknowledge
expect_calls

step "(c) white space repeats the verdict, anything else is refused"
then_blank() {
	{ printf '{"lastName":"Blank"}'; echo; printf ' \t\r\n'; } >"$1"
}
expect then_blank "$ann"
expect_calls "PUT /users/{}=1"
expect append_to "$ann" '\n'
expect python 'os.ftruncate(f, 20); os.fsync(f)' "$ann"
field "$ann" .lastName Blank
expect_calls
stays "$ann" refuse "Invalid argument" 1 python '
os.pwrite(f, b"{\"lastName\":\"Blank\"}", 0)
os.pwrite(f, b"x", 20)' "$ann"
error_record users/ann.lee@example.com.json "complete before these bytes"
expect_calls
twice() {
	{ echo '{"lastName":"One"}'; echo '{"lastName":"Two"}'; } >"$1"
}
refuse "Invalid argument" 1 twice "$ann"
error_record users/ann.lee@example.com.json "complete before these bytes"
field "$ann" .lastName One
expect_calls "PUT /users/{}=1"
refuse "Invalid argument" 1 python '
try:
    os.write(f, b"{\"lastName\":7}")
    sys.exit("taken")
except OSError:
    os.pwrite(f, b"\n", 14)' "$ann"
refuse "Invalid argument" 1 python '
try:
    os.write(f, b"{\"lastName\":7}")
    sys.exit("taken")
except OSError:
    os.fsync(f)' "$ann"
acknowledge
expect_calls

step "(d) nothing is appended, but white space"
stays "$ann" refuse "Invalid argument" 1 append_to "$ann" '{"lastName":"x"}'
error_record users/ann.lee@example.com.json "complete before these"
fresh max+test .
stays "$file" refuse "Invalid argument" 1 append_to "$file" '{"lastName":"x"}'
error_record users/max+test@example.com.json "cannot be appended"
grep -q '"x"' "$mnt/.gotofs/errors/users/max+test@example.com.json.txt" ||
	fail "not what was to be appended"
stays "$ann" refuse "Invalid argument" 1 python '
os.pwrite(f, b"}", os.fstat(f).st_size)' "$users/tara.train@example.com.json"
stays "$file" expect append_to "$file" '\n'
acknowledge
expect_calls
expect append_to "$bob" '%s' "$bob_text"
expect append_to "$bob" '\n'
expect_calls "POST /users=1" "GET /users/{}=1"

step "(e) an incomplete text is dropped after 2 s, and later writes are EIO"
refuse "Input/output error" 1 python '
import time
os.ftruncate(f, 0)
os.write(f, b"{\"lastName\":\"Half")
while not os.path.exists(sys.argv[3]):
    time.sleep(0.05) # poll
try:
    os.fsync(f)
    sys.exit("synced")
except OSError:
    os.write(f, b"\"}")' "$ann" "$mnt/.gotofs/errors/users/ann.lee@example.com.json.txt"
error_record users/ann.lee@example.com.json "EIO"
field "$ann" .lastName One
expect truncate -s 0 "$ann"
is "" "$(cat "$ann")"
await 30 grep -q . "$ann"
field "$ann" .lastName One
error_record users/ann.lee@example.com.json "nothing was written"
acknowledge
expect echo_to "$ann" '{"lastName":"Lee"}'
no_error_record users/ann.lee@example.com.json
expect_calls "PUT /users/{}=1"

step "a new name that nobody finishes disappears"
new=$users/new@example.com.json
expect printf_to "$new" '{"firstName":'
is '{"firstName":' "$(cat "$new")"
test -z "$(find "$users" -name 'new@*')" || fail "a placeholder is listed"
await 30 test ! -e "$new"
error_record users/new@example.com.json "not a complete JSON object"
: >"$new"
await 30 test ! -e "$new"
error_record users/new@example.com.json "no document was written"
acknowledge
expect_calls

step "touch gives a minute, and the file its document"
expect touch "$new"
expect printf_to "$users/other@example.com.json" '{'
await 30 test ! -e "$users/other@example.com.json" # 2 s are over
test -e "$new" || fail "the touched file is gone"
test -z "$(find "$users" -name 'new@*')" || fail "a placeholder is listed"
expect echo_to "$new" '{"firstName":"N","lastName":"Ew"}'
test -n "$(find "$users" -name 'new@*')" || fail "not listed"
expect_calls "POST /users=1" "GET /users/{}=1"
acknowledge

step "placeholders and scratch files do not survive a remount"
expect touch "$users/left@example.com.json" "$users/.scratch"
unmount_tenant
mount_tenant
gone "$users/left@example.com.json"
gone "$users/.scratch"
calls_clear

step "cleaning up after one's own write"
expect python '
name = sys.argv[2]
os.write(f, b"{\"firstName\":\"A\",")
os.unlink(name)' "$users/cancel@example.com.json"
gone "$users/cancel@example.com.json"
stays "$ann" refuse "Device or resource busy" 1 python '
os.write(f, b"{\"lastName\":\"Busy\"}")
os.write(f, b"\n")
os.pwrite(f, b"{\"lastName\":\"Lee\"}", 0)
os.unlink(sys.argv[2])' "$ann"
error_record users/ann.lee@example.com.json EBUSY
expect_calls "PUT /users/{}=2"
stays "$ann" refuse "Device or resource busy" 1 python '
import threading
threading.Thread(target=os.pwrite, args=(f, b"{\"lastName\":\"Lee\"}", 0)).run()
t = threading.Thread(target=os.pwrite, args=(f, b"{\"lastName\":\"Lee\"}", 0))
t.start()
t.join()
os.unlink(sys.argv[2])' "$ann"
expect rm "$bob"
gone "$bob"
expect_calls
sync_tenant
expect_calls "DELETE /users/{}=1"

step "a shared mapping commits at msync alone"
map='
m = mmap.mmap(f, 0)
m[int(sys.argv[3]):int(sys.argv[3]) + 2] = sys.argv[4].encode()'
fresh olga.open .
fresh olga.open "$(jq .lastName "$file")"
expect python "$map
m.flush()" "$file" "$at" '"M'
is M "$(jq -r .lastName "$file" | cut -c 1)"
expect_calls "PUT /users/{}=1"
fresh rob.remote .
fresh rob.remote "$(jq .lastName "$file")"
stays "$file" refuse "Invalid argument" 1 python "$map
m.flush()" "$file" "$at" '""'
expect_calls

step "fallocate"
refuse "Operation not supported" 1 fallocate -l 100 "$ann"
expect_calls
