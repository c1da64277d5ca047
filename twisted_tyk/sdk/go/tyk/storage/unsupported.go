package storage

import "context"

// What follows asks for more than the gateway's store can do.

// DeleteAllKeys is refused: the store is not this plugin's alone.
func (r *RedisCluster) DeleteAllKeys() bool {
	complain("DeleteAllKeys", unsupported("DeleteAllKeys"))
	return false
}

// Publish returns ErrUnsupported.
func (r *RedisCluster) Publish(channel, message string) error { return unsupported("Publish") }

// StartPubSubHandler returns ErrUnsupported.
func (r *RedisCluster) StartPubSubHandler(
	ctx context.Context, channel string, callback func(interface{}),
) error {
	return unsupported("StartPubSubHandler")
}

// AppendToSet panics with ErrUnsupported.
func (r *RedisCluster) AppendToSet(keyName, value string) { panic(unsupported("AppendToSet")) }

// AppendToSetPipelined panics with ErrUnsupported.
func (r *RedisCluster) AppendToSetPipelined(key string, values [][]byte) {
	panic(unsupported("AppendToSetPipelined"))
}

// GetAndDeleteSet panics with ErrUnsupported.
func (r *RedisCluster) GetAndDeleteSet(keyName string) []interface{} {
	panic(unsupported("GetAndDeleteSet"))
}

// GetListRange returns ErrUnsupported.
func (r *RedisCluster) GetListRange(keyName string, from, to int64) ([]string, error) {
	return nil, unsupported("GetListRange")
}

// RemoveFromList returns ErrUnsupported.
func (r *RedisCluster) RemoveFromList(keyName, value string) error {
	return unsupported("RemoveFromList")
}

// GetSet returns ErrUnsupported.
func (r *RedisCluster) GetSet(keyName string) (map[string]string, error) {
	return nil, unsupported("GetSet")
}

// AddToSet panics with ErrUnsupported.
func (r *RedisCluster) AddToSet(keyName, value string) { panic(unsupported("AddToSet")) }

// RemoveFromSet panics with ErrUnsupported.
func (r *RedisCluster) RemoveFromSet(keyName, value string) { panic(unsupported("RemoveFromSet")) }

// IsMemberOfSet panics with ErrUnsupported.
func (r *RedisCluster) IsMemberOfSet(keyName, value string) bool {
	panic(unsupported("IsMemberOfSet"))
}

// SetRollingWindow panics with ErrUnsupported.
func (r *RedisCluster) SetRollingWindow(
	keyName string, per int64, valueOverride string, pipeline bool,
) (int, []interface{}) {
	panic(unsupported("SetRollingWindow"))
}

// GetRollingWindow panics with ErrUnsupported.
func (r *RedisCluster) GetRollingWindow(
	keyName string, per int64, pipeline bool,
) (int, []interface{}) {
	panic(unsupported("GetRollingWindow"))
}

// AddToSortedSet panics with ErrUnsupported.
func (r *RedisCluster) AddToSortedSet(keyName, value string, score float64) {
	panic(unsupported("AddToSortedSet"))
}

// GetSortedSetRange returns ErrUnsupported.
func (r *RedisCluster) GetSortedSetRange(
	keyName, scoreFrom, scoreTo string,
) ([]string, []float64, error) {
	return nil, nil, unsupported("GetSortedSetRange")
}

// RemoveSortedSetRange returns ErrUnsupported.
func (r *RedisCluster) RemoveSortedSetRange(keyName, scoreFrom, scoreTo string) error {
	return unsupported("RemoveSortedSetRange")
}
