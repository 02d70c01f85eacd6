#!/bin/bash
# SPDX-License-Identifier: MIT
# TLS: who is trusted, and what is said of who is not. A private authority, and
# certificates of it that are expired, too early, or for another host.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_tls.sh
. "$(dirname "$0")/functions_tls.sh"

authority other
certificate good IP:127.0.0.1 $past $later
certificate expired IP:127.0.0.1 $past 20210101000000Z
certificate early IP:127.0.0.1 20480101000000Z $later
certificate elsewhere DNS:api.gotofs.test $past $later
certificate foreign IP:127.0.0.1 $past $later other

step "an authority of our own, named in the profile"
tls_sandbox good --tls-ca "$ca"
export CURL_CA_BUNDLE=$ca
grep -q "^ca_file = $ca$" "$XDG_CONFIG_HOME/gotofs/$profile.conf" || fail "no ca_file"
SSLKEYLOGFILE=$WORK/keylog mount_tenant # curl would write the keys there
expect_out 20 bash -c "ls '$mnt/users' | wc -l"
calls_clear
expect bash -c "echo '{\"lastName\":\"Secure\"}' >'$mnt/users/ann.lee@example.com.json'"
expect_calls "PUT /users/{}=1"
is Secure "$(tenant_user ann.lee@example.com .lastName)"
unmount_tenant
stop_sandbox
test ! -e "$WORK/keylog" || fail "the connection's keys were written down"

step "whom we do not trust: no mount, no token sent, one sentence"
for row in \
	"good|--tls-ca $WORK/other.pem|the server's certificate is signed by nobody who is trusted" \
	"good||the server's certificate is signed by nobody who is trusted" \
	"foreign|--tls-ca $ca|the server's certificate is signed by nobody who is trusted" \
	"expired|--tls-ca $ca|the server's certificate has expired" \
	"early|--tls-ca $ca|the server's certificate is not valid yet" \
	"elsewhere|--tls-ca $ca|the server's certificate is for another host" \
	"good|--tls-ca $ca --tls-priorities NORMAL:-VERS-ALL:+VERS-TLS1.1|the server's TLS is too old"; do
	IFS='|' read -r cert options text <<<"$row"
	# shellcheck disable=SC2086 # words
	tls_sandbox "$cert" $options
	no_mount "127.0.0.1: $text"
	# (the folder that the first mount made is another tenant's)
	XDG_STATE_HOME=$WORK/none "$gotofs" doctor "$profile" >"$WORK/out"
	is 4 $?
	grep -q "^bad  *api_url .*$text" "$WORK/out" || fail "$(cat "$WORK/out")"
	log=$(curl -sSk --fail-with-body --tlsv1.0 \
		--ciphers DEFAULT@SECLEVEL=0 "$sandbox_url/sandbox/log") ||
		fail "no log: $log"
	is "" "$log"
	stop_sandbox
done

step "a server without TLS"
start_sandbox
sed -i 's|http:|https:|' "$XDG_CONFIG_HOME/gotofs/$profile.conf"
no_mount "127.0.0.1: " # it hangs up, or answers something
said TLS
stop_sandbox

step "a ca_file that cannot be one"
tls_sandbox good --tls-ca "$WORK/authorities"
install -m 666 "$ca" "$WORK/open"
printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' >"$WORK/broken"
for row in "nowhere|1|ca_file: $WORK/authorities: No such file or directory" \
	"good.key|1|ca_file: $WORK/authorities: no certificate in it" \
	"open|1|ca_file: $WORK/authorities: anybody may write this file" \
	".|1|ca_file: $WORK/authorities: not a regular file" \
	"broken|4|a certificate in ca_file cannot be read"; do
	IFS='|' read -r file exit text <<<"$row"
	ln -sfn "$file" "$WORK/authorities"
	refuse "$text" "$exit" env XDG_STATE_HOME="$WORK/none" \
		"$gotofs" mount -f -o refresh=0 "$profile" "$mnt"
done

step "a mount that is there goes on when the certificate ends: reading works"
ln -sfn ca.pem "$WORK/authorities"
rm -r "$XDG_STATE_HOME/gotofs/$profile" # another tenant's
mount_tenant
stop_sandbox
port=${sandbox_url##*:}
tls_sandbox expired --tls-ca "$WORK/authorities" --port "$port"
refuse "the server's certificate has expired" 4 "$gotofs" refresh "$mnt"
expect_out 20 bash -c "ls '$mnt/users' | wc -l"
expect cat "$mnt/users/ann.lee@example.com.json"
expect grep -q "the server's certificate has expired" "$mnt/.gotofs/status.json"

step "and as before once there is a new one"
stop_sandbox
tls_sandbox good --tls-ca "$WORK/authorities" --port "$port"
refresh_tenant
log_allowed="certificate has expired"
