// Package storage is the gateway's store for plugins, under the names that
// Tyk has for its Redis.
//
// The gateway keeps strings with a time to live. What else Redis keeps, such
// as lists, sets and channels, is not to be had: a method that asks for it
// returns ErrUnsupported, or panics with it where it has no error to return
// and its result would be taken for an answer.
package storage

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
)

// Errors of this package.
var (
	ErrKeyNotFound = errors.New("key not found")
	ErrRedisIsDown = errors.New("storage: the gateway's store cannot be used")
	ErrStorageConn = fmt.Errorf("storage: there is no connection: %w", ErrRedisIsDown)
	ErrUnsupported = errors.New("storage: the gateway's store for plugins cannot do this")
)

func unsupported(method string) error { return fmt.Errorf("%s: %w", method, ErrUnsupported) }

// ask asks the store.
func ask(service uint32, texts ...string) ([]string, error) {
	status, answer := host.Service(service, texts...)
	switch status {
	case wire.OK:
		return answer, nil
	case wire.EMissing:
		return nil, ErrKeyNotFound
	case wire.ERefused:
		return nil, fmt.Errorf("%w: the store cannot be asked from an inline call, "+
			"nor before init or after shutdown", ErrRedisIsDown)
	case wire.EArgument:
		return nil, errors.New("storage: the gateway refuses this key or value")
	case wire.EMemory:
		return nil, errors.New("storage: the gateway's store is full")
	}
	return nil, fmt.Errorf("%w: the gateway answers %d", ErrRedisIsDown, status)
}

// one is ask for services that answer one text.
func one(service uint32, texts ...string) (string, error) {
	answer, err := ask(service, texts...)
	if err != nil {
		return "", err
	}
	if len(answer) != 1 {
		return "", fmt.Errorf("%w: the gateway answers %d texts", ErrRedisIsDown, len(answer))
	}
	return answer[0], nil
}

// seconds is a time to live; Redis and Tyk say 0 or -1 for ever.
func seconds(timeout int64) string { return strconv.FormatInt(max(timeout, 0), 10) }

func number(text string, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

func setNew(key, value string, timeout time.Duration) (bool, error) {
	status, _ := host.Service(wire.StoreSetNew, key, value,
		strconv.FormatFloat(max(timeout.Seconds(), 0), 'f', 3, 64))
	switch status {
	case wire.OK:
		return true, nil
	case wire.EExists:
		return false, nil
	}
	return false, fmt.Errorf("%w: the gateway answers %d", ErrRedisIsDown, status)
}
