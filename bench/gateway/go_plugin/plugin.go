// A request hook that adds one header.
package main

import "net/http"

func AddHeader(rw http.ResponseWriter, r *http.Request) {
	r.Header.Add("Foo", "Bar")
}

func main() {}
