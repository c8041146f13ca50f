// A server with net/http/pprof on $PORT: an endpoint for each word of $ROLES; README.md says what each does and keeps.
package main

import (
	"container/list"
	"fmt"
	"net/http"
	_ "net/http/pprof"
	"os"
	"strconv"
	"strings"
	"sync"
)

const (
	noticesMost     = 64
	sweepEvery      = 16
	leakingCurrency = 7
)

type call struct{ key, user, currency int }

type serve func(call)

// What is kept is a chain of cells of the sizes that ROLES may name.
type cell24 struct {
	before any
	_      [24 - 16]byte
}
type cell40 struct {
	before any
	_      [40 - 16]byte
}
type cell64 struct {
	before any
	_      [64 - 16]byte
}
type cell256 struct {
	before any
	_      [256 - 16]byte
}
type cell1024 struct {
	before any
	_      [1024 - 16]byte
}
type cell4096 struct {
	before any
	_      [4096 - 16]byte
}

var (
	lock    sync.Mutex
	kept    any
	called  = map[string]bool{}
	notices int
	cells   = map[int]func(){
		24:   func() { kept = &cell24{before: kept} },
		40:   func() { kept = &cell40{before: kept} },
		64:   func() { kept = &cell64{before: kept} },
		256:  func() { kept = &cell256{before: kept} },
		1024: func() { kept = &cell1024{before: kept} },
		4096: func() { kept = &cell4096{before: kept} },
	}
	roles = map[string]func(int) serve{
		"plain": plain, "burst": burst, "lru": lru, "ring": ring, "sessions": sessions, "lazy": lazy, "sawtooth": sawtooth,
		"leak":  func(size int) serve { return func(call) { cells[size]() } },
		"param": param, "latch": caller("latch"), "latched": after("latch"), "hook": hook, "flush": flush,
		"first": caller("first"), "second": caller("second"), "third": after("first", "second"),
	}
)

func plain(size int) serve {
	return func(asked call) {
		rows := make([]string, 0, size)
		for row := 0; row < size; row++ {
			rows = append(rows, fmt.Sprintf("row %d of %d", row, asked.key))
		}
		_ = strings.Join(rows, "")
	}
}

func burst(size int) serve {
	return func(asked call) {
		block := make([]byte, size<<20)
		for i := range block {
			block[i] = byte(asked.key)
		}
	}
}

type page struct {
	key  int
	text string
}

func lru(size int) serve {
	order, pages := list.New(), map[int]*list.Element{}
	return func(asked call) {
		if element := pages[asked.key]; element != nil {
			order.MoveToFront(element)
			return
		}
		pages[asked.key] = order.PushFront(&page{asked.key, strings.Repeat("page ", 30)})
		if order.Len() > size {
			delete(pages, order.Remove(order.Back()).(*page).key)
		}
	}
}

func ring(size int) serve {
	entries, next := make([]*page, size), 0
	return func(asked call) {
		entries[next] = &page{asked.key, fmt.Sprintf("entry of %d", asked.key)}
		next = (next + 1) % size
	}
}

func sessions(size int) serve {
	opened, oldest, calls := map[int]*page{}, 1, 0
	return func(asked call) {
		calls++
		opened[calls] = &page{asked.user, fmt.Sprintf("user %d", asked.user)}
		for ; calls%sweepEvery == 0 && oldest <= calls-size; oldest++ {
			delete(opened, oldest)
		}
	}
}

func lazy(size int) serve {
	rows, calls := map[int]string{}, 0
	return func(asked call) {
		calls++
		if calls > size/2 && len(rows) < size {
			rows[len(rows)] = fmt.Sprintf("row %d, first asked for by %d", calls, asked.user)
		}
	}
}

func sawtooth(size int) serve {
	var pending []*page
	return func(asked call) {
		pending = append(pending, &page{asked.key, fmt.Sprintf("text of %d", asked.key)})
		if len(pending) == size {
			pending = nil
		}
	}
}

func param(size int) serve {
	return func(asked call) {
		if asked.currency == leakingCurrency {
			cells[size]()
		}
	}
}

func caller(name string) func(int) serve {
	return func(int) serve { return func(call) { called[name] = true } }
}

func after(names ...string) func(int) serve {
	return func(size int) serve {
		return func(call) {
			for _, name := range names {
				if !called[name] {
					return
				}
			}
			cells[size]()
		}
	}
}

func hook(int) serve {
	return func(call) {
		if notices < noticesMost {
			notices++
		}
	}
}

func flush(size int) serve {
	return func(call) {
		if notices > 0 {
			notices--
			cells[size]()
		}
	}
}

func addEndpoint(number int, word string) {
	name, digits, _ := strings.Cut(word, ":")
	size, _ := strconv.Atoi(digits)
	handle := roles[name](size)
	http.HandleFunc(fmt.Sprintf("/p%02d", number), func(response http.ResponseWriter, request *http.Request) {
		query := request.URL.Query()
		field := func(name string) int {
			value, _ := strconv.Atoi(query.Get(name))
			return value
		}
		lock.Lock()
		handle(call{field("key"), field("user"), field("currency")})
		lock.Unlock()
		response.Write([]byte("ok\n"))
	})
}

func main() {
	for number, word := range strings.Fields(os.Getenv("ROLES")) {
		addEndpoint(number, word)
	}
	http.HandleFunc("/health", func(response http.ResponseWriter, request *http.Request) { response.Write([]byte("ok\n")) })
	if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil); err != nil {
		panic(err)
	}
}
