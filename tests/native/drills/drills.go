// Hooks that do what a hook should not do.
package main

import (
	"net/http"
	"os"
	"time"
)

func PanicHere(rw http.ResponseWriter, r *http.Request) {
	var users map[string]int
	users[r.URL.Path] = 1
}

func PanicElsewhere(rw http.ResponseWriter, r *http.Request) {
	go func() { panic("elsewhere") }()
	time.Sleep(time.Minute)
}

func Leave(rw http.ResponseWriter, r *http.Request) { os.Exit(3) }

func Fine(rw http.ResponseWriter, r *http.Request) {}

func main() {}
