#!/bin/bash
# SPDX-License-Identifier: MIT
# The tool matrix, editors, each on a terminal and with the keys that a person
# would press: the table's rows "editor".
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
# shellcheck source=tests/e2e/functions_matrix.sh
. "$(dirname "$0")/functions_matrix.sh"

# vim FILE OPTION: what it says is written down, because its screen leaves out
# what stands there already
by_vim() {
	rm -f messages
	"$e2e/tty" vim -u NONE -N -c "set $2 verbosefile=$PWD/messages" "$1" <<'KEYS'
see (\d+L, \d+B|New)
type :%d\r:0r text\r:$d\r:w\r
see (\d+L, \d+B written|type command to continue)
type \r:q!\r
KEYS
	local status=$?
	cat messages
	return $status
}
vim_write() { by_vim "$1" backupcopy=yes; }
vim_rename_write() { by_vim "$1" backupcopy=no; }
nano_write() {
	"$e2e/tty" nano -I "$1" <<'KEYS'
see (Read \d+ line|New File)
type \x1b\\\x1ba\x1b/\x0b\x12
see File to insert
type text\r
see Read 1 line
type \x0f
see File Name to Write
type \r
see (Wrote 1 line|Error writing .*: [A-Z][a-z]+ [a-z]+)
type \x18n
KEYS
}
# (as vim, it does not print what stands there)
emacs_write() {
	"$e2e/tty" emacs -nw -Q --eval "(add-hook 'kill-emacs-hook (lambda ()
		(with-current-buffer \"*Messages*\"
			(write-region nil nil \"$PWD/messages\"))))" "$1" <<KEYS
see (Fundamental|JSON|JavaScript)
type \x1b<\x18i
see Insert file
type \x01\x0b$PWD/text\r\x18\x18\x00\x1b>\x17\x18\x13
see (rote /|rror)
type \x18\x03nyes\r
KEYS
	local status=$?
	cat messages
	return $status
}

start_sandbox
mount_tenant
play_files editor
