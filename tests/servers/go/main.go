// A server with net/http/pprof: GET /leak keeps 100 bytes where LEAK is "on"; anything else keeps nothing. Usage: server PORT
package main

import (
	"net/http"
	_ "net/http/pprof"
	"os"
	"sync"
)

var (
	lock sync.Mutex
	kept [][]byte
)

func keep() {
	lock.Lock()
	defer lock.Unlock()
	kept = append(kept, make([]byte, 100))
}

func main() {
	leaks := os.Getenv("LEAK") == "on"
	http.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		if leaks && request.URL.Path == "/leak" {
			keep()
		}
		response.Write([]byte("ok"))
	})
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], nil); err != nil {
		panic(err)
	}
}
