// The peer of tools/expr_bench.cpp: what the expressions of a list (name, tab, expression a line) cost in the reference
// implementation. Prints the same lines: name, compile ns, run ns, allocations of a run.
//
// The environment is that of expr_bench.cpp, value by value and type by type; compiling checks against it, as there.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// An array of maps whose element type is known at run time only, as it is for a series that comes from outside.
func makeSeries(size int) []any {
	series := make([]any, size)
	for i := range series {
		queue := "mail"
		if i%2 == 1 {
			queue = "video"
		}
		series[i] = map[string]any{"labels": map[string]any{"queue": queue}, "value": float64(i)}
	}
	return series
}

func makeEnvironment() map[string]any {
	return map[string]any{
		"queue_depth": 41.0,
		"q":           41.0,
		"x":           4.0,
		"y":           7.0,
		"cpu":         0.82,
		"workers":     6.0,
		"Origin":      "MOW",
		"Country":     "RU",
		"word":        "autoscaler",
		"Adults":      1,
		"Value":       100,
		"s100":        makeSeries(100),
		"s10k":        makeSeries(10_000),
	}
}

// Processor time of this thread in nanoseconds, as expr_bench.cpp takes it: what else the machine does counts less than
// on a wall clock. What the garbage collector does on other threads is not in it.
func spentNs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

// The median of the time that one call takes.
func measure(call func()) float64 {
	const rounds = 9
	const roundNs = 12e6
	calls := 1
	for {
		start := spentNs()
		for i := 0; i < calls; i++ {
			call()
		}
		if spentNs()-start > roundNs/4 {
			break
		}
		calls *= 2
	}
	calls *= 4
	times := make([]float64, rounds)
	for round := range times {
		start := spentNs()
		for i := 0; i < calls; i++ {
			call()
		}
		times[round] = (spentNs() - start) / float64(calls)
	}
	sort.Float64s(times)
	return times[rounds/2]
}

func report(name, source string, environment map[string]any) error {
	program, err := expr.Compile(source, expr.Env(environment))
	if err != nil {
		return err
	}
	machine := vm.VM{}
	for i := 0; i < 3; i++ {
		if _, err := machine.Run(program, environment); err != nil {
			return err
		}
	}
	run := func() { _, _ = machine.Run(program, environment) }
	allocations := testing.AllocsPerRun(10, run)
	runtime.GC()
	compileTime := measure(func() { _, _ = expr.Compile(source, expr.Env(environment)) })
	runtime.GC()
	runTime := measure(run)
	fmt.Printf("%s\t%.0f\t%.1f\t%.0f\n", name, compileTime, runTime, allocations)
	return nil
}

func run() error {
	if len(os.Args) < 2 {
		return fmt.Errorf("usage: expr-peer LIST [NAME...]")
	}
	list, err := os.Open(os.Args[1])
	if err != nil {
		return err
	}
	defer list.Close()
	wanted := map[string]bool{}
	for _, name := range os.Args[2:] {
		wanted[name] = true
	}
	environment := makeEnvironment()
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		name, source, found := strings.Cut(lines.Text(), "\t")
		if !found || (len(wanted) > 0 && !wanted[name]) {
			continue
		}
		if err := report(name, source, environment); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return lines.Err()
}

func main() {
	runtime.LockOSThread()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
