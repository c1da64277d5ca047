// Godiscover looks at a folder of Go sources and says, as JSON, which plugin
// functions are in it, what each of them needs to be sent, and how the
// files must read so that their init functions run when the plugin is initialised.
//
//	godiscover FOLDER [TAG,TAG]
//
// GOROOT has to be set, as Go's own packages are told by it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// report is what is printed. Places are file:line:column, the file without its folder.
type report struct {
	Errors    []string          `json:"errors"`
	HasMain   bool              `json:"has_main"`
	Foreign   bool              `json:"foreign"` // imports what is neither Go's nor Tyk's
	Inits     []string          `json:"inits"`
	Imports   map[string]string `json:"imports"` // path: place
	Copies    map[string]string `json:"copies"`  // file: text
	Names     []string          `json:"names"`   // of files
	Functions []function        `json:"functions"`
	Misses    []miss            `json:"misses"`
	Warnings  []string          `json:"warnings"`
}

// function is one that an API can name.
type function struct {
	Name  string   `json:"name"`
	Kind  string   `json:"kind"`
	Needs []string `json:"needs"`
	Mode  string   `json:"mode"`
	// Asked says that the source itself tells the needs.
	Asked bool   `json:"asked"`
	Place string `json:"place"`
}

// miss is an exported function of no use to an API.
type miss struct {
	Name  string `json:"name"`
	Found string `json:"found"`
	Near  bool   `json:"near"` // it has a parameter of HTTP or of an analytics record
	Place string `json:"place"`
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: godiscover FOLDER [TAG,TAG]")
		os.Exit(2)
	}
	var tags []string
	if len(os.Args) > 2 && os.Args[2] != "" {
		tags = strings.Split(os.Args[2], ",")
	}
	found := discover(os.Args[1], tags)
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func discover(folder string, tags []string) *report {
	found := &report{Imports: map[string]string{}, Copies: map[string]string{}}
	p := load(folder, tags, found)
	if p == nil {
		return found
	}
	p.rewrite(found)
	p.list(found)
	found.Foreign = p.foreign
	return found
}
