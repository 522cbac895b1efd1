module caseplane.dev/tests/toolchain/pause

go 1.25.0
