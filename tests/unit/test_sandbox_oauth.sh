# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# Sourced by test_sandbox.sh: the command line and the OAuth server.

# ---------------------------------------------------------------- command line

"$bin" --help >"$dir/help"
is "--help: status" 0 $?
is "--help: lists switches with their section" 1 \
	"$(grep -c 'order=key .*(3.2 D)' "$dir/help")"
"$bin" --set nosuch=1 2>"$dir/stderr"
is "an unknown switch: status 2" 2 $?
is "an unknown switch is named" \
	"gotofs-sandbox: nosuch=1: no such switch" "$(cat "$dir/stderr")"
"$bin" --set order=random 2>/dev/null
is "a bad value: status 2" 2 $?
"$bin" --users x 2>/dev/null
is "a bad number: status 2" 2 $?
"$bin" surplus 2>/dev/null
is "a surplus argument: status 2" 2 $?

start --users 60 --port-file "$dir/port" --profile "$dir/profile" \
	--refresh-token seed-refresh
is "the port file has the port" "$url" "http://127.0.0.1:$(cat "$dir/port")"
is "profile: api_url" "api_url = $url" "$(grep ^api_url "$dir/profile")"
is "profile: the files are private" "600 600" \
	"$(stat -c %a "$dir/profile.secret" "$dir/profile.pat" | xargs)"
is "profile: secret and pat" "sandbox-secret sandbox-pat" \
	"$(cat "$(sed -n 's/^client_secret_file = //p' "$dir/profile")" \
		"$(sed -n 's/^pat_file = //p' "$dir/profile")" | xargs)"
is "it listens on 127.0.0.1 alone" 7 \
	"$(curl -s "http://127.0.0.2:$(cat "$dir/port")/"; echo $?)"
"$bin" --port "$(cat "$dir/port")" --users 1 >/dev/null 2>"$dir/busy"
is "a port in use: status 1" 1 $?

# ----------------------------------------------------------------------- oauth

is "metadata: S256 only" S256 \
	"$(curl -s "$url/.well-known/oauth-authorization-server" |
		jq -r '.code_challenge_methods_supported | join(" ")')"
is "no openid configuration" 404 \
	"$(curl -s -o /dev/null -w '%{http_code}' \
		"$url/.well-known/openid-configuration")"
answer=$(oauth -d grant_type=personal_access_token -d pat=sandbox-pat)
is "PAT: fields of the answer" \
	"access_token expires_in loa principal scope token_type" \
	"$(jq -r 'keys | join(" ")' <<<"$answer")"
is "PAT: life" 3600 "$(jq .expires_in <<<"$answer")"

# grant OPTION...: "STATUS error"
grant() {
	oauth -o "$dir/body" -w '%{http_code}' "$@"
	printf ' %s' "$(jq -r '.error // empty' "$dir/body")"
}
is "bad PAT" "400 invalid_grant" \
	"$(grant -d grant_type=personal_access_token -d pat=wrong)"
is "PAT missing" "400 invalid_request" \
	"$(grant -d grant_type=personal_access_token)"
is "grant_type missing" "400 invalid_request" "$(grant -d pat=sandbox-pat)"
is "bad client" "401 invalid_client" \
	"$(grant -u sandbox-client:wrong -d grant_type=refresh_token)"
is "client_credentials: refused" "401 invalid_client" \
	"$(grant -d grant_type=client_credentials)"
is "client_credentials: text" "Unauthorized grant type" \
	"$(jq -r .error_description "$dir/body")"
is "client_secret_post" 200 \
	"$(curl -s -o /dev/null -w '%{http_code}' "$url/oauth/token" \
		-d client_id=sandbox-client -d client_secret=sandbox-secret \
		-d grant_type=personal_access_token -d pat=sandbox-pat)"

refresh() {
	oauth -d grant_type=refresh_token -d "refresh_token=$1" |
		jq -r '.refresh_token // .error // "none"'
}
is "refresh: before 60 % the same one" seed-refresh "$(refresh seed-refresh)"
switch '{"refresh_early":"omit"}'
is "refresh: or none" none "$(refresh seed-refresh)"
switch '{"refresh_early":"repeat"}'
advance $((17 * 86400000))
is "refresh: the same on day 17" seed-refresh "$(refresh seed-refresh)"
advance $((2 * 86400000))
new=$(refresh seed-refresh)
is "refresh: a new one on day 19" no \
	"$(test "$new" = seed-refresh -o "$new" = none && echo yes || echo no)"
is "refresh: the old one is dead" invalid_grant "$(refresh seed-refresh)"
is "refresh: the new one works" "$new" "$(refresh "$new")"
switch '{"refresh_percent":0,"refresh_grace_s":60}'
second=$(refresh "$new")
is "refresh: grace lets the old one live" 200 \
	"$(oauth -o /dev/null -w '%{http_code}' -d grant_type=refresh_token \
		-d "refresh_token=$new")"
advance 61000
is "refresh: until it ends" invalid_grant "$(refresh "$new")"
switch '{"refresh_percent":60,"refresh_grace_s":0}'
advance $((31 * 86400000))
is "refresh: expires after 30 days" invalid_grant "$(refresh "$second")"

is "an access token expires" 401 "$(code GET /users)"
token=$(pat_token)
is "a new one works" 200 "$(code GET /users)"
is "no token" 401 \
	"$(curl -s -o /dev/null -w '%{http_code}' "$base/users")"
is "a token without scheme is rejected" 401 \
	"$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: $token" \
		"$base/users")"
switch '{"token_chars":4096}'
token=$(pat_token)
is "a long token has 4096 characters" 4096 "${#token}"
is "a long token works" 200 "$(code GET /users)"
switch '{"token_chars":0,"scopes":"collab:"}'
token=$(pat_token)
is "without identity: the Admin API is closed" 403 "$(code GET /users)"
switch '{"scopes":"identity: collab:","access_life_s":10}'
token=$(pat_token)
is "a short token works" 200 "$(code GET /users)"
advance 10001
is "and expires" "401 not.authorized" "$(both GET /users)"
switch '{"access_life_s":3600,"pat_refresh_token":true}'
new=$(oauth -d grant_type=personal_access_token -d pat=sandbox-pat |
	jq -r .refresh_token)
is "a PAT may give a refresh token" "$new" "$(refresh "$new")"

# PKCE: the pair of RFC 7636, appendix B
verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM
back=http://127.0.0.1:9/back

# authorize QUERY: "STATUS LOCATION"
authorize() {
	curl -s -o /dev/null -w '%{http_code} %{redirect_url}' -G \
		"$url/oauth/authorize" -d client_id=sandbox-client \
		-d response_type=code --data-urlencode "redirect_uri=$back" "$@"
}

new_code() {
	authorize -d code_challenge=$challenge -d code_challenge_method=S256 \
		-d state=a%20b | sed 's/.*code=\([^&]*\).*/\1/'
}

exchange() {
	grant -d grant_type=authorization_code -d "code=$1" \
		-d "code_verifier=$2" --data-urlencode "redirect_uri=$3"
}
is "authorize: 302 with code and state" "302 $back?code=CODE&state=a%20b" \
	"$(authorize -d state=a%20b | sed 's/code=[^&]*/code=CODE/')"
is "authorize: plain PKCE is refused" "302 $back?error=invalid_request" \
	"$(authorize -d code_challenge=x -d code_challenge_method=plain)"
is "authorize: a foreign redirect" 400 \
	"$(authorize -d redirect_uri=x | cut -c1-3 >/dev/null
	curl -s -o /dev/null -w '%{http_code}' -G "$url/oauth/authorize" \
		-d client_id=sandbox-client -d response_type=code \
		-d redirect_uri=https://evil.example.net/)"
one=$(new_code)
is "code: exchanged" "200 " "$(exchange "$one" $verifier $back)"
is "code: gives a refresh token" true \
	"$(jq '.refresh_token != null' "$dir/body")"
is "code: only once" "400 invalid_grant" "$(exchange "$one" $verifier $back)"
is "code: wrong verifier" "400 invalid_grant" \
	"$(exchange "$(new_code)" wrong $back)"
is "code: other redirect_uri" "400 invalid_grant" \
	"$(exchange "$(new_code)" $verifier http://127.0.0.1:9/other)"
one=$(new_code)
advance 600001
is "code: expires" "400 invalid_grant" "$(exchange "$one" $verifier $back)"
is "code: a public client" true \
	"$(curl -s "$url/oauth/token" -d grant_type=authorization_code \
		-d client_id=sandbox-client -d "code=$(new_code)" \
		-d code_verifier=$verifier --data-urlencode redirect_uri=$back |
		jq '.access_token != null')"
switch '{"authorize_error":"access_denied"}'
is "authorize: denied by the switch" "302 $back?error=access_denied&state=s" \
	"$(authorize -d state=s)"
switch '{"authorize_error":""}'

token=$(pat_token)
introspect() {
	curl -s -u sandbox-client:sandbox-secret "$url/oauth/introspect" \
		-d "token=$1" | jq -r .active
}
is "introspect: active" true "$(introspect "$token")"
is "revoke: 200" 200 \
	"$(curl -s -o /dev/null -w '%{http_code}' -d "token=$token" \
		-u sandbox-client:sandbox-secret "$url/oauth/revoke")"
is "introspect: revoked" false "$(introspect "$token")"
is "a revoked token" 401 "$(code GET /users)"
token=$(pat_token)
sandbox POST revoke-tokens >/dev/null
is "revoke-tokens" 401 "$(code GET /users)"
sandbox POST revoke-tokens -d '{"pat":true}' >/dev/null
is "revoke-tokens: the PAT too" "400 invalid_grant" \
	"$(grant -d grant_type=personal_access_token -d pat=sandbox-pat)"
sandbox POST token -d '{"pat":"another-pat"}' >/dev/null
is "token: a new PAT" Bearer \
	"$(oauth -d grant_type=personal_access_token -d pat=another-pat | jq -r .token_type)"
is "token: without one" 400 "$(sandbox POST token -o /dev/null -w '%{http_code}' -d '{}')"
switch '{"oauth_error_body":"text"}'
is "errors as text" "invalid_grant: Invalid refresh token" \
	"$(oauth -d grant_type=refresh_token -d refresh_token=x)"
stop oauth
