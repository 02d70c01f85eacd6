# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Certificates made for a test, and a sandbox that has them. To be sourced
# behind functions.sh.

: "${mnt:?}" "${gotofs:?}" "${profile:?}"
# shellcheck disable=SC2034 # used by those who source this
ca=$WORK/ca.pem past=20200101000000Z later=20490101000000Z

# authority NAME: its certificate and key
authority() {
	expect openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 30 -subj "/CN=Example Authority $1" -keyout "$WORK/$1.key" \
		-out "$WORK/$1.pem"
}

# certificate NAME SAN FROM UNTIL [AUTHORITY]: dates as YYYYMMDDHHMMSSZ
certificate() {
	local by=${5-ca} folder=$WORK/$1.ca
	mkdir "$folder"
	: >"$folder/index"
	expect openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=gotofs-sandbox -keyout "$WORK/$1.key" -out "$folder/request"
	cat >"$folder/config" <<END
[ca]
default_ca = test
[test]
database = $folder/index
new_certs_dir = $folder
serial = $folder/serial
default_md = sha256
policy = any
x509_extensions = ext
[any]
commonName = supplied
[ext]
subjectAltName = $2
END
	expect openssl ca -batch -config "$folder/config" -create_serial -notext \
		-cert "$WORK/$by.pem" -keyfile "$WORK/$by.key" -in "$folder/request" \
		-startdate "$3" -enddate "$4" -out "$WORK/$1.pem"
}

# tls_sandbox CERTIFICATE [OPTION...]
tls_sandbox() {
	local cert=$1
	shift
	start_sandbox --users 20 --tls-cert "$WORK/$cert.pem" \
		--tls-key "$WORK/$cert.key" "$@"
}

# no_mount TEXT [VARIABLE=VALUE]...: a first mount fails, with that sentence
no_mount() {
	local text=$1
	shift
	refuse "$text" 4 env XDG_STATE_HOME="$WORK/none" "$@" \
		"$gotofs" mount -f -o refresh=0 "$profile" "$mnt"
	! mountpoint -q "$mnt" || fail "mounted all the same"
	rm -rf "$WORK/none"
}

authority ca
