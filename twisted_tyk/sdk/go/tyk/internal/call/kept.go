package call

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
)

// Contexts that hooks have put values of their own into. A later hook of this
// library finds the values by a handle that goes with the request. The oldest
// of more than this many are forgotten: their requests have most likely ended.
const keep = 1024

const handlePrefix = "go:"

var (
	// handle is the name under which this library, in this process, has its
	// handles among what hooks leave for each other.
	handle = func() string {
		var random [8]byte
		if _, err := rand.Read(random[:]); err != nil {
			panic(err)
		}
		return handlePrefix + hex.EncodeToString(random[:])
	}()

	keptMutex sync.Mutex
	kept      [keep]context.Context
	count     uint64
)

func isHandle(name string) bool { return strings.HasPrefix(name, handlePrefix) }

// store keeps a context and returns the JSON of its number.
func store(ctx context.Context) string {
	keptMutex.Lock()
	defer keptMutex.Unlock()
	kept[count%keep] = ctx
	count++
	return strconv.FormatUint(count, 10)
}

// find returns the context that the JSON of a request's context names, or nil.
func find(text string) context.Context {
	// Most requests have none, and their JSON need not be parsed.
	if !strings.Contains(text, handle) {
		return nil
	}
	var data map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &data) != nil {
		return nil
	}
	number, err := strconv.ParseUint(string(data[handle]), 10, 64)
	if err != nil {
		return nil
	}
	keptMutex.Lock()
	defer keptMutex.Unlock()
	if number == 0 || number > count || count-number >= keep {
		return nil
	}
	return kept[(number-1)%keep]
}
