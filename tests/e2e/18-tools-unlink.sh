#!/bin/bash
# SPDX-License-Identifier: MIT
# The tool matrix, tools that unlink the old file first (file-tools.md 1 and 2):
# the table's rows "unlink". None of these costs a removal.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
# shellcheck source=tests/e2e/functions_matrix.sh
. "$(dirname "$0")/functions_matrix.sh"

cp_remove_write() { cp --remove-destination text "$1"; }
install_write() { install -m 600 text "$1"; }
mv_across_write() { cp text moved && mv moved "$1"; }
tar_write() { archive "$1" && tar -C "${1%/*}" -xf archive; }
cpio_write() {
	cp text "tree/${1##*/}"
	(cd tree && echo "${1##*/}" | cpio -o --quiet >../archive)
	(cd "${1%/*}" && cpio -iu --quiet) <archive
}
unzip_write() {
	cp text "tree/${1##*/}"
	rm -f archive.zip
	(cd tree && zip -q ../archive.zip "${1##*/}")
	unzip -qo archive.zip -d "${1%/*}"
}

# list_git FILE ARG...: FILE's repository is outside, its worktree users/
list_git() {
	local repository=$WORK/${1##*/}.git
	shift
	git --git-dir="$repository" --work-tree="$users" "$@"
}
# commit_of FILE [TEXT]: a commit of nothing but TEXT under FILE's name
commit_of() {
	local repository=$WORK/${1##*/}.git
	test -e "$repository" || git init -q --bare "$repository"
	list_git "$1" commit-tree -m list "$(
		{
			test -z "${2-}" || printf '100644 blob %s\t%s\n' \
				"$(list_git "$1" hash-object -w "$2")" "${1##*/}"
		} | list_git "$1" mktree
	)"
}
git_checkout_write() { list_git "$1" checkout -qf "$(commit_of "$1" text)"; }
git_checkout_remove() { list_git "$1" checkout -qf "$(commit_of "$1")"; }
git_reset_write() { list_git "$1" reset -q --hard "$(commit_of "$1" text)"; }
git_reset_remove() { list_git "$1" reset -q --hard "$(commit_of "$1")"; }

start_sandbox
mount_tenant settle=10
export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@example.com
export GIT_COMMITTER_NAME=Test GIT_COMMITTER_EMAIL=test@example.com
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
play_files unlink
