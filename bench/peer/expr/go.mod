module fly-autoscaler/bench/peer/expr

go 1.19

require github.com/expr-lang/expr v1.17.7
