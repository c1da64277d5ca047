// Hooks that log, in every way there is.
package main

import (
	"net/http"

	"github.com/TykTechnologies/tyk/log"
)

var (
	logger = log.Get()
	gate   = make(chan struct{})
	late   = make(chan struct{})
)

func Say(rw http.ResponseWriter, r *http.Request) {
	logger.WithField("n", 1).Info("first")
	logger.WithContext(r.Context()).Info("with context")
	logger.Warn("second")
}

func SayApart(rw http.ResponseWriter, r *http.Request) {
	done := make(chan struct{})
	go func() {
		logger.Info("alone")
		logger.WithContext(r.Context()).Info("with context")
		close(done)
	}()
	<-done
}

func SayLate(rw http.ResponseWriter, r *http.Request) {
	go func() {
		<-gate
		logger.WithContext(r.Context()).Info("late")
		close(late)
	}()
}

func Wait(rw http.ResponseWriter, r *http.Request) {
	logger.Info("begun")
	<-gate
	logger.Info("after the client")
}

func Open(rw http.ResponseWriter, r *http.Request) { close(gate) }

func AwaitLate(rw http.ResponseWriter, r *http.Request) {
	<-late
	logger.Info("heard")
}

func Flood(rw http.ResponseWriter, r *http.Request) {
	for i := 0; i < 10000; i++ {
		logger.Info("flood")
	}
}

func Panic(rw http.ResponseWriter, r *http.Request) {
	logger.Info("before")
	var users map[string]int
	users[r.URL.Path] = 1
}

func main() {}
