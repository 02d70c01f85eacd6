#!/bin/bash
# SPDX-License-Identifier: MIT
# gotofs login and logout: by a browser that comes back or a pasted address, by
# a token that exists; what is kept, what each refusal says, and how it ends.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

log_allowed='login|token|refresh: '
start_sandbox
conf=$XDG_CONFIG_HOME/gotofs
login=$XDG_STATE_HOME/gotofs/acme/token
cp -p "$conf/sandbox.conf" "$conf/acme.conf"
sed -i '/^pat_file/d; /^account_key/d' "$conf/acme.conf"
profile=acme
account=9000000000000000001
ann=ann.lee@example.com

# start_login [OPTION...]: it waits for the browser; $url is what it printed
start_login() {
	: >"$WORK/background"
	exec {keyboard}<> <(:) # a pipe that does not end
	"$gotofs" login --port 0 "$@" $profile <&"$keyboard" >>"$WORK/background" 2>&1 &
	waiting=$!
	await 30 grep -q '^http' "$WORK/background"
	url=$(grep '^http' "$WORK/background")
	callback=$(sed -n 's/^Waiting on \([^;]*\);.*/\1/p' "$WORK/background")
}
browse() {
	curl -sSL --max-time 30 "$1"
}
oauth_calls() {
	sandbox GET counters | jq -r '.byRoute | to_entries[] |
		select(.value > 0 and (.key | contains("oauth"))) | "\(.key)=\(.value)"' | sort
}
# oauth_was [ROUTE=N]...
oauth_was() {
	is "$(test $# -eq 0 || printf '%s\n' "$@" | sort)" "$(oauth_calls)"
	calls_clear
}
works() {
	mount_tenant
	expect_out "$1" jq -r .lastName "$mnt/users/$ann.json"
	unmount_tenant
}

step "nobody is logged in"
refuse "gotofs login acme" 3 "$gotofs" mount acme "$mnt"
expect "$gotofs" logout acme
said "nobody was logged in"

step "by a browser: its address, one answer, and it is kept sealed"
calls_clear
start_login
[[ $url == */oauth/authorize\?*code_challenge_method=S256* && $url == *state=* ]] ||
	fail "another address: $url"
is "There is nothing here." "$(browse "${callback%callback}favicon.ico")"
is "This belongs to no login that is waited for." "$(browse "$callback?code=x&state=y")"
waits
is "Back to the terminal: you can close this window." "$(browse "$url")"
ended 0 "logged in as admin@example.com, account $account"
oauth_was "GET /oauth/authorize=1" "POST /oauth/token=1"
is "600 600" "$(stat -c %a "$login" "$conf/acme.key" | xargs)"
is "gotofs token" "$(head -n 1 "$login")"
is "token" "$(find "${login%/*}" -type f ! -name '*.lock' -printf '%f\n')"

step "... also while somebody else drips into the listener for a minute"
start_login
port=${callback#*localhost:}
python3 - "${port%%/*}" >dripping 2>/dev/null <<'END' &
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for _ in range(60):
    s.send(b"G")
    print(flush=True)
    time.sleep(1)
END
other_pids=$!
await 30 test -s dripping
is "Back to the terminal: you can close this window." "$(browse "$url")"
ended 0 "logged in as admin@example.com, account $account"
kill "$other_pids" 2>/dev/null
other_pids=
calls_clear

step "a mount has it, and asks for no other token while this one is good"
works Lee
oauth_was

step "an address that is pasted"
start_login
waits
echo "nonsense" >&"$keyboard"
await 30 grep -q "neither a code nor an error" "$WORK/background"
curl -sS --max-time 30 -o /dev/null -w '%{redirect_url}\n' "$url" >&"$keyboard"
ended 0 "logged in as admin@example.com"

step "what the authorization server says, in words; the login stays"
calls_clear
for refusal in "access_denied 3 access was not granted" \
	"unauthorized_client 3 may not log anybody in" \
	"invalid_scope 3 has none of the scopes" \
	"invalid_request 3 check client_id and redirect_url" \
	"server_error 4 GoTo failed: try again later" \
	"temporarily_unavailable 4 GoTo is overloaded" \
	"new_word 3 GoTo refuses the login (new_word"; do
	read -r error status words <<<"$refusal"
	switch "{\"authorize_error\":\"$error\"}"
	start_login
	is "The login failed; the terminal says why." "$(browse "$url")"
	ended "$status" "$words"
done
switch '{"authorize_error":""}'
start_login
expect sandbox POST revoke-tokens -d '{"code":true}'
fault '{"match":"POST /oauth/token","kind":"status","status":400,"body":"{\"error\":\"invalid_grant\"}"}'
browse "$url" >"$WORK/out"
ended 3 "GoTo"
works Lee

step "a token that exists: tried first, and a bad one changes nothing"
expect "$gotofs" login --pat-file - acme <<<sandbox-pat
said "logged in as admin@example.com, account $account"
works Lee
before=$(sha256sum <"$login")
refuse "revoked or is too old" 3 "$gotofs" login --pat-file - acme <<<nothing
refuse "revoked or is too old" 3 "$gotofs" login --refresh-token-file - acme <<<nothing
refuse "no token there" 1 "$gotofs" login --pat-file - acme </dev/null
refuse "No such file" 1 "$gotofs" login --pat-file none acme
refuse "not both" 2 "$gotofs" login --pat-file a --refresh-token-file b acme
refuse "is no port" 2 "$gotofs" login --port 99999 acme
refuse "names a token itself" 3 "$gotofs" login sandbox
is "$before" "$(sha256sum <"$login")"
is "token" "$(find "${login%/*}" -maxdepth 1 -name 'token*' ! -name '*.lock' -printf '%f\n')"

step "an account that it does not reach"
refuse "is not in the account 123" 3 "$gotofs" login --account 123 --pat-file - acme <<<sandbox-pat
expect "$gotofs" login --account "$account" --pat-file - acme <<<sandbox-pat

step "of several accounts one is named, or chosen on a terminal"
switch '{"more_accounts":2}'
refuse "several accounts: choose one with --account KEY" 1 \
	"$gotofs" login --pat-file - acme <<<sandbox-pat
said "700000000000000002  Other Org 2"
expect "$gotofs" login --account 700000000000000002 --pat-file - acme <<<sandbox-pat
said "account 700000000000000002, Other Org 2"
sed -i '/^\[tenant\]/a account_key = 700000000000000001' "$conf/acme.conf"
refuse "the profile names 700000000000000001" 1 \
	"$gotofs" login --account "$account" --pat-file - acme <<<sandbox-pat
sed -i '/^account_key/d' "$conf/acme.conf"
printf sandbox-pat >pat && chmod 600 pat
"$(dirname "$(readlink -f "$0")")/tty" "$gotofs" login --pat-file pat acme \
	>"$WORK/out" 2>&1 <<'END' || fail "$(cat "$WORK/out")"
see Which one
type 1\r
see logged in as admin@example.com, account 9000000000000000001
END
switch '{"more_accounts":0}'

step "several at once, and no key yet: all are logged in"
rm "$conf/acme.key" "$login"
pids=()
for n in 1 2 3 4 5 6; do
	"$gotofs" login --pat-file - acme <<<sandbox-pat >"at-once.$n" 2>&1 &
	pids+=($!)
done
wait "${pids[@]}"
is 6 "$(cat at-once.? | grep -c "^logged in as admin@example.com, account $account")"
is "token" "$(find "${login%/*}" -maxdepth 1 -name 'token*' ! -name '*.lock' -printf '%f\n')"
works Lee

step "another key, and one that is damaged"
cp -p "$conf/acme.key" key
openssl rand -hex 32 >"$conf/acme.key"
refuse "sealed with another key" 3 "$gotofs" mount acme "$mnt"
echo short >"$conf/acme.key"
refuse "at least 32 characters" 3 "$gotofs" mount acme "$mnt"
cp -p key "$conf/acme.key"
cp -p "$login" whole
truncate -s -1 "$login"
refuse "it is cut off" 3 "$gotofs" mount acme "$mnt"
cp -p whole "$login"

step "the key as systemd's credential"
mkdir -m 700 credentials
mv "$conf/acme.key" credentials/gotofs-key
chmod 440 credentials/gotofs-key # as systemd's are
refuse "gotofs login acme" 3 "$gotofs" mount acme "$mnt"
export CREDENTIALS_DIRECTORY=$WORK/credentials
works Lee
unset CREDENTIALS_DIRECTORY
test ! -e "$conf/acme.key" || fail "another key was made"

step "a passphrase, asked for on a terminal"
# on_terminal WORD[,WORD] CMD...: each is typed when a passphrase is asked for
on_terminal() {
	local words=$1
	shift
	tr , '\n' <<<"$words" | sed 's/^/see (passphrase|once more).*:\ntype /; s/$/\\r/' >typed
	"$(dirname "$(readlink -f "$0")")/tty" "$@" <typed >"$WORK/out" 2>&1
}
sed -i '/^client_id/a token_key = passphrase' "$conf/acme.conf"
on_terminal open,sesame "$gotofs" login --pat-file pat acme && fail "two that differ"
said "the two differ"
on_terminal open,open "$gotofs" login --pat-file pat acme || fail "$(cat "$WORK/out")"
! grep -q open "$WORK/out" || fail "the passphrase is shown" "$(cat "$WORK/out")"
on_terminal shut "$gotofs" mount acme "$mnt" && fail "another passphrase"
said "another passphrase"
on_terminal open "$gotofs" mount -o refresh=0 acme "$mnt" || fail "$(cat "$WORK/out")"
expect_out Lee jq -r .lastName "$mnt/users/$ann.json"
expect "$gotofs" umount "$mnt"
# at_terminal LINE...: what is seen and typed while a shell that survives ^C logs in
at_terminal() {
	printf '%s\n' "$@" >typed
	"$(dirname "$(readlink -f "$0")")/tty" bash -c 'trap : INT; "$@"
		echo "ended $?"; stty -a' - "$gotofs" login --pat-file - acme \
		<typed >"$WORK/out" 2>&1 || fail "$(cat "$WORK/out")"
}
at_terminal 'see passphrase.*:' 'type \x03' 'see ended 130' 'see [^-]echo '
refuse "there is no terminal" 3 setsid -w "$gotofs" mount acme "$mnt"
sed -i '/^token_key/d' "$conf/acme.conf"
at_terminal 'see token:' 'type \x03' 'see ended 130' 'see [^-]echo '
at_terminal 'see token:' 'type sandbox-pat\r' 'see ended 0'
said "logged in as admin@example.com"
! grep -q sandbox-pat "$WORK/out" || fail "the token is shown" "$(cat "$WORK/out")"
at_terminal 'see token:' 'type \r' 'see ended 1'
said "no token there"

step "a public client"
sed -i '/^client_secret_file/d' "$conf/acme.conf"
start_login
browse "$url" >"$WORK/out"
ended 0 "logged in as"
works Lee
calls_clear
expect "$gotofs" logout acme
oauth_was "POST /oauth/revoke=1"

step "logout: GoTo and the file forget it; the mount goes on reading"
cp -p "$conf/sandbox.conf" "$conf/acme.conf"
sed -i '/^pat_file/d; /^account_key/d' "$conf/acme.conf"
start_login
browse "$url" >"$WORK/out"
ended 0 "logged in as"
mount_tenant
calls_clear
expect "$gotofs" logout acme
said "logged out"
oauth_was "POST /oauth/revoke=1"
test ! -e "$login" || fail "the file is there"
refuse "nobody is logged in (run: gotofs login acme)" 3 "$gotofs" refresh "$mnt"
is "token refused" "$(jq -r .state "$mnt/.gotofs/status.json")"
expect_out Lee jq -r .lastName "$mnt/users/$ann.json"
refuse "Read-only file system" 1 bash -c "echo '{}' >'$mnt/users/$ann.json'"

step "a new login revives it, without a remount and at once"
expect "$gotofs" login --pat-file - acme <<<sandbox-pat
expect bash -c "echo '{\"lastName\":\"Back\"}' >'$mnt/users/$ann.json'"
is Back "$(tenant_user $ann .lastName)"

step "... also where nobody writes and nothing is refreshed"
expect "$gotofs" logout acme
expect sandbox POST revoke-tokens -d '{}'
refuse "nobody is logged in (run: gotofs login acme)" 3 "$gotofs" refresh "$mnt"
refuse "Read-only file system" 1 bash -c "echo '{}' >'$mnt/users/$ann.json'"
grep -q "run: gotofs login acme, and the mount goes on" \
	"$mnt/.gotofs/errors/users/$ann.json.txt" || fail "the record does not say so"
switch '{"token_user":"manager@example.com"}' # somebody else's login
expect "$gotofs" login --pat-file - acme <<<sandbox-pat
revived() {
	test ok = "$(jq -r .state "$mnt/.gotofs/status.json")"
}
await 20 revived
is manager@example.com "$(jq -r .token.user "$mnt/.gotofs/status.json")"
refuse "Operation not permitted" 1 rm -f "$mnt/users/manager@example.com.json"
switch '{"token_user":"admin@example.com"}'
unmount_tenant
expect "$gotofs" logout acme
said "delete it in the GoTo account"
