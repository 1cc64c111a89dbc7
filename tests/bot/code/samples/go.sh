#!/bin/bash
source ./lib/util.sh
. "$DIR/other.sh"
LIMIT=3
function go { helper "$1"; }
helper() {
  echo hi
}
go x
