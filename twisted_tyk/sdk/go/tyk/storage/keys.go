package storage

import (
	"errors"
	"path"
	"strings"

	"github.com/TykTechnologies/tyk/internal/wire"
)

// GetKeys returns the keys that begin with a text, without KeyPrefix.
func (r *RedisCluster) GetKeys(filter string) []string {
	keys, err := r.begin(filter)
	if err != nil {
		complain("GetKeys", err)
	}
	for i, key := range keys {
		keys[i] = strings.TrimPrefix(key, r.KeyPrefix)
	}
	return keys
}

func (r *RedisCluster) begin(filter string) ([]string, error) {
	if err := r.up(); err != nil {
		return nil, err
	}
	if filter != "" && r.HashKeys {
		filter = HashStr(filter)
	}
	return ask(wire.StoreKeys, r.KeyPrefix+filter)
}

// GetKeysAndValues returns all keys, without KeyPrefix, and their values.
func (r *RedisCluster) GetKeysAndValues() map[string]string {
	return r.GetKeysAndValuesWithFilter("")
}

// GetKeysAndValuesWithFilter is the same for keys that begin with a text.
func (r *RedisCluster) GetKeysAndValuesWithFilter(filter string) map[string]string {
	keys, err := r.begin(filter)
	if err != nil {
		complain("GetKeysAndValuesWithFilter", err)
	}
	values := make(map[string]string, len(keys))
	for _, key := range keys {
		if value, err := r.GetRawKey(key); err == nil {
			values[strings.TrimPrefix(key, r.KeyPrefix)] = value
		}
	}
	return values
}

// DeleteKey takes a key away and says whether it was there.
func (r *RedisCluster) DeleteKey(keyName string) bool { return r.DeleteRawKey(r.fix(keyName)) }

// DeleteRawKey is DeleteKey for a raw key.
func (r *RedisCluster) DeleteRawKey(keyName string) bool {
	err := r.up()
	if err == nil {
		_, err = ask(wire.StoreDelete, keyName)
	}
	if err != nil && !errors.Is(err, ErrKeyNotFound) {
		complain("DeleteKey", err)
	}
	return err == nil
}

// DeleteKeys takes keys away and says whether it could.
func (r *RedisCluster) DeleteKeys(keys []string) bool {
	raw := make([]string, len(keys))
	for i, key := range keys {
		raw[i] = r.fix(key)
	}
	return r.DeleteRawKeys(raw)
}

// DeleteRawKeys is DeleteKeys for raw keys.
func (r *RedisCluster) DeleteRawKeys(keys []string) bool {
	if err := r.up(); err != nil {
		complain("DeleteKeys", err)
		return false
	}
	for _, key := range keys {
		r.DeleteRawKey(key)
	}
	return len(keys) > 0
}

// ScanKeys returns the raw keys that match a pattern of *, ? and [].
func (r *RedisCluster) ScanKeys(pattern string) ([]string, error) {
	if err := r.up(); err != nil {
		return nil, err
	}
	// A key has no separators for path.Match.
	plain := strings.ReplaceAll(pattern, "/", "\x00")
	if _, err := path.Match(plain, ""); err != nil {
		return nil, err
	}
	beginning, _, _ := strings.Cut(pattern, "*")
	if special := strings.IndexAny(beginning, `?[\`); special >= 0 {
		beginning = beginning[:special]
	}
	keys, err := ask(wire.StoreKeys, beginning)
	matching := keys[:0]
	for _, key := range keys {
		if ok, _ := path.Match(plain, strings.ReplaceAll(key, "/", "\x00")); ok {
			matching = append(matching, key)
		}
	}
	return matching, err
}

// DeleteScanMatch takes the raw keys away that match a pattern.
func (r *RedisCluster) DeleteScanMatch(pattern string) bool {
	keys, err := r.ScanKeys(pattern)
	if err != nil {
		complain("DeleteScanMatch", err)
		return false
	}
	for _, key := range keys {
		r.DeleteRawKey(key)
	}
	return true
}
