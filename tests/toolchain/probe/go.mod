module caseplane.dev/tests/toolchain/probe

go 1.25.0
