package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
)

type quote struct {
	price float64
	note  string
	next  *quote
}

var quotes *quote
var pages [][]byte
var index = map[string]*quote{}

//go:noinline
func keepQuote(i int) {
	quotes = &quote{float64(i), fmt.Sprintf("quote %d", i), quotes}
	index[quotes.note] = quotes
}

func page(size int) []byte { return make([]byte, size) }

//go:noinline
func keepPage(i int) {
	pages = append(pages, page(1500+i%7))
}

func write(path string, debugLevel int) {
	file, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if err := pprof.Lookup("heap").WriteTo(file, debugLevel); err != nil {
		panic(err)
	}
}

func both(name string) {
	runtime.GC()
	runtime.GC()
	write(name+".txt", 1)
	write(name+".pb.gz", 0)
}

func main() {
	runtime.MemProfileRate = 16384
	debug.SetGCPercent(-1)
	for i := 0; i < 2000; i++ {
		keepQuote(i)
		keepPage(i)
	}
	both("go-a")
	for i := 0; i < 20000; i++ {
		keepQuote(i + 2000)
	}
	both("go-b")
}
