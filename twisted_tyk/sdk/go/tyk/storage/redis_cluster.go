package storage

import (
	"errors"
	"strconv"
	"time"

	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
)

// RedisCluster is the gateway's store. Keys have KeyPrefix before them, and
// are hashed before that when HashKeys is set; the methods with Raw in their
// names take keys as they are. Times are seconds; 0 and less are for ever.
type RedisCluster struct {
	KeyPrefix   string
	HashKeys    bool
	IsCache     bool
	IsAnalytics bool

	ConnectionHandler *ConnectionHandler
	// RedisController is the older form of ConnectionHandler.
	RedisController *RedisController
}

// Connect says whether the store can be used.
func (r *RedisCluster) Connect() bool { return r.up() == nil }

// ControllerInitiated says whether there is a connection handler.
func (r *RedisCluster) ControllerInitiated() bool {
	return r.ConnectionHandler != nil || r.RedisController != nil
}

// GetKeyPrefix is KeyPrefix.
func (r *RedisCluster) GetKeyPrefix() string { return r.KeyPrefix }

func (r *RedisCluster) up() error {
	if (r.ConnectionHandler != nil && !r.ConnectionHandler.Connected()) ||
		(r.RedisController != nil && !r.RedisController.Connected()) {
		return ErrRedisIsDown
	}
	return nil
}

func (r *RedisCluster) fix(key string) string {
	if r.HashKeys {
		key = HashStr(key)
	}
	return r.KeyPrefix + key
}

// GetKey returns a value, or ErrKeyNotFound.
func (r *RedisCluster) GetKey(keyName string) (string, error) { return r.GetRawKey(r.fix(keyName)) }

// GetRawKey is GetKey for a raw key.
func (r *RedisCluster) GetRawKey(keyName string) (string, error) {
	if err := r.up(); err != nil {
		return "", err
	}
	return one(wire.StoreGet, keyName)
}

// GetMultiKey returns values in order, empty ones for keys that are not
// there; ErrKeyNotFound when none is.
func (r *RedisCluster) GetMultiKey(keys []string) ([]string, error) {
	values := make([]string, len(keys))
	found := false
	for i, key := range keys {
		value, err := r.GetKey(key)
		switch {
		case err == nil:
			values[i], found = value, true
		case !errors.Is(err, ErrKeyNotFound):
			return nil, err
		}
	}
	if !found {
		return nil, ErrKeyNotFound
	}
	return values, nil
}

// SetKey sets a value.
func (r *RedisCluster) SetKey(keyName, session string, timeout int64) error {
	return r.SetRawKey(r.fix(keyName), session, timeout)
}

// SetRawKey is SetKey for a raw key.
func (r *RedisCluster) SetRawKey(keyName, session string, timeout int64) error {
	if err := r.up(); err != nil {
		return err
	}
	_, err := ask(wire.StoreSet, keyName, session, seconds(timeout))
	return err
}

// SetKeyEx sets the value of a key that is there, else it is ErrKeyNotFound.
func (r *RedisCluster) SetKeyEx(keyName, session string, timeout int64) error {
	return r.SetRawKeyEx(r.fix(keyName), session, timeout)
}

// SetRawKeyEx is SetKeyEx for a raw key.
func (r *RedisCluster) SetRawKeyEx(keyName, session string, timeout int64) error {
	if _, err := r.GetRawKey(keyName); err != nil {
		return err
	}
	return r.SetRawKey(keyName, session, timeout)
}

// Exists says whether there is a key.
func (r *RedisCluster) Exists(keyName string) (bool, error) {
	if err := r.up(); err != nil {
		return false, err
	}
	_, err := one(wire.StoreTTL, r.fix(keyName))
	if errors.Is(err, ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// GetKeyTTL is how many seconds a key still lives, -1 for ever, and -2 when
// there is no such key.
func (r *RedisCluster) GetKeyTTL(keyName string) (ttl int64, err error) {
	if err := r.up(); err != nil {
		return 0, err
	}
	ttl, err = number(one(wire.StoreTTL, r.fix(keyName)))
	if errors.Is(err, ErrKeyNotFound) {
		return -2, nil
	}
	return ttl, err
}

// GetExp is GetKeyTTL.
func (r *RedisCluster) GetExp(keyName string) (int64, error) { return r.GetKeyTTL(keyName) }

// SetExp sets how long a key still lives. As with Redis it is no error when
// there is no such key.
func (r *RedisCluster) SetExp(keyName string, timeout int64) error {
	if err := r.up(); err != nil {
		return err
	}
	_, err := ask(wire.StoreExpire, r.fix(keyName), seconds(timeout))
	if errors.Is(err, ErrKeyNotFound) {
		return nil
	}
	return err
}

// Lock sets a key that is not there and says whether it was not.
func (r *RedisCluster) Lock(key string, timeout time.Duration) (bool, error) {
	if err := r.up(); err != nil {
		return false, err
	}
	return setNew(r.fix(key), "1", timeout)
}

// Decrement takes one from a number.
func (r *RedisCluster) Decrement(keyName string) {
	if _, err := r.add(r.fix(keyName), -1, 0); err != nil {
		complain("Decrement", err)
	}
}

// IncrememntWithExpire adds one to a number under a raw key, sets how long it
// lives when it is new, and returns it; 0 when that failed.
func (r *RedisCluster) IncrememntWithExpire(keyName string, expire int64) int64 {
	value, err := r.add(keyName, 1, expire)
	if err != nil {
		complain("IncrememntWithExpire", err)
		return 0
	}
	return value
}

func (r *RedisCluster) add(key string, by, timeout int64) (int64, error) {
	if err := r.up(); err != nil {
		return 0, err
	}
	return number(one(wire.StoreIncrement, key, strconv.FormatInt(by, 10), seconds(timeout)))
}

// complain logs the error of a method that cannot return it.
func complain(method string, err error) {
	host.Log(wire.Severe, "storage: "+method+" failed: "+err.Error(), "")
}
