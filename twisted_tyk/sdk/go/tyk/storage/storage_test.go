package storage

import (
	"context"
	"errors"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
)

// A shop is the gateway's store as a test has it; values with their times.
type shop struct {
	values map[string][2]string
	refuse int
	lines  []string
}

func open(t *testing.T) *shop {
	s := &shop{values: map[string][2]string{}}
	host.Open(&host.Table{
		Log: func(_ int, text, _ string) { s.lines = append(s.lines, text) },
		Service: func(service uint32, in []byte) (int, []byte) {
			texts, err := wire.Unpack(in)
			if err != nil {
				t.Error(err)
			}
			status, answer := s.serve(service, texts)
			return status, wire.Pack(answer...)
		},
	}, nil)
	t.Cleanup(func() { host.Close(0) })
	return s
}

func (s *shop) serve(service uint32, texts []string) (int, []string) {
	if s.refuse != 0 {
		return s.refuse, nil
	}
	key := texts[0]
	found, ok := s.values[key]
	switch service {
	case wire.StoreSet:
		s.values[key] = [2]string{texts[1], texts[2]}
		return wire.OK, nil
	case wire.StoreSetNew:
		if ok {
			return wire.EExists, nil
		}
		s.values[key] = [2]string{texts[1], texts[2]}
		return wire.OK, nil
	case wire.StoreIncrement:
		number, _ := strconv.Atoi(found[0])
		by, _ := strconv.Atoi(texts[1])
		if !ok {
			found[1] = texts[2]
		}
		s.values[key] = [2]string{strconv.Itoa(number + by), found[1]}
		return wire.OK, []string{s.values[key][0]}
	case wire.StoreKeys:
		keys := []string{}
		for each := range s.values {
			if strings.HasPrefix(each, key) {
				keys = append(keys, each)
			}
		}
		sort.Strings(keys)
		return wire.OK, keys
	}
	if !ok {
		return wire.EMissing, nil
	}
	switch service {
	case wire.StoreGet:
		return wire.OK, found[:1]
	case wire.StoreDelete:
		delete(s.values, key)
		return wire.OK, nil
	case wire.StoreExpire:
		s.values[key] = [2]string{found[0], texts[1]}
		return wire.OK, nil
	case wire.StoreTTL:
		if found[1] == "0" {
			return wire.OK, []string{"-1"}
		}
		return wire.OK, found[1:]
	}
	return wire.EFunction, nil
}

func is[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%v is not %v", got, want)
	}
}

func TestKeysAndValues(t *testing.T) {
	s := open(t)
	r := &RedisCluster{KeyPrefix: "p-", RedisController: NewRedisController(context.Background())}
	is(t, r.Connect(), true)
	is(t, r.SetKey("a", "1", 60), nil)
	is(t, r.SetKey("b", "2", -1), nil)
	is(t, s.values["p-a"], [2]string{"1", "60"})
	value, err := r.GetKey("a")
	is(t, value, "1")
	is(t, err, nil)
	_, err = r.GetKey("c")
	is(t, err, ErrKeyNotFound)
	for key, want := range map[string]int64{"a": 60, "b": -1, "c": -2} {
		ttl, err := r.GetKeyTTL(key)
		is(t, ttl, want)
		is(t, err, nil)
		there, err := r.Exists(key)
		is(t, there, want != -2)
		is(t, err, nil)
	}
	is(t, r.SetExp("b", 5), nil)
	is(t, r.SetExp("c", 5), nil)
	is(t, s.values["p-b"][1], "5")
	values, err := r.GetMultiKey([]string{"a", "c", "b"})
	is(t, strings.Join(values, ","), "1,,2")
	is(t, err, nil)
	_, err = r.GetMultiKey([]string{"c"})
	is(t, err, ErrKeyNotFound)
	is(t, r.SetKeyEx("c", "3", 0), ErrKeyNotFound)
	is(t, r.SetKeyEx("a", "3", 0), nil)
	is(t, strings.Join(r.GetKeys(""), ","), "a,b")
	is(t, r.GetKeysAndValues()["a"], "3")
	is(t, r.DeleteKey("a"), true)
	is(t, r.DeleteKey("a"), false)
	is(t, r.DeleteKeys([]string{"a", "b"}), true)
	is(t, len(s.values), 0)
	is(t, len(s.lines), 0)
}

func TestNumbersLocksAndPatterns(t *testing.T) {
	s := open(t)
	r := &RedisCluster{KeyPrefix: "p-", HashKeys: true}
	is(t, r.IncrememntWithExpire("raw", 9), 1)
	is(t, r.IncrememntWithExpire("raw", 9), 2)
	is(t, s.values["raw"], [2]string{"2", "9"})
	r.Decrement("n")
	is(t, s.values["p-"+HashStr("n")][0], "-1")
	got, err := r.Lock("l", 1500*time.Millisecond)
	is(t, got, true)
	is(t, err, nil)
	is(t, s.values["p-"+HashStr("l")][1], "1.500")
	got, err = r.Lock("l", time.Second)
	is(t, got, false)
	is(t, err, nil)
	s.values = map[string][2]string{"a/1": {}, "a/2": {}, "b": {}, "a[": {}}
	keys, err := r.ScanKeys("a/?")
	is(t, strings.Join(keys, ","), "a/1,a/2")
	is(t, err, nil)
	_, err = r.ScanKeys("a[")
	is(t, err != nil, true)
	is(t, r.DeleteScanMatch("a*"), true)
	is(t, len(s.values), 1)
}

func TestWhatFailsSaysSo(t *testing.T) {
	s := open(t)
	r := &RedisCluster{}
	for _, status := range []int{wire.ERefused, wire.EFailed} {
		s.refuse = status
		_, err := r.GetKey("a")
		is(t, errors.Is(err, ErrRedisIsDown), true)
		_, err = r.Lock("a", 0)
		is(t, errors.Is(err, ErrRedisIsDown), true)
		_, err = r.GetMultiKey([]string{"a"})
		is(t, err != nil, true)
	}
	s.refuse = wire.EArgument
	is(t, r.SetKey("", "", 0) != nil, true)
	s.refuse = wire.EMemory
	is(t, strings.Contains(r.SetKey("a", "", 0).Error(), "full"), true)
	is(t, r.DeleteKey("a"), false)
	is(t, r.DeleteScanMatch("a"), false)
	is(t, r.IncrememntWithExpire("a", 0), 0)
	r.Decrement("a")
	is(t, len(r.GetKeys("")), 0)
	is(t, len(s.lines), 5)
	s.refuse = 0
	connection := NewConnectionHandler(context.Background())
	connected := 0
	connection.Connect(context.Background(), func() { connected++ }, nil)
	connection.DisableStorage(true)
	down := &RedisCluster{ConnectionHandler: connection}
	is(t, connected, 1)
	is(t, down.Connect(), false)
	is(t, down.SetKey("a", "", 0), ErrRedisIsDown)
	ctx, cancel := context.WithCancel(context.Background())
	controller := NewRedisController(ctx)
	controller.ConnectToRedis(ctx, nil, nil)
	is(t, controller.WaitConnect(ctx), true)
	cancel()
	is(t, controller.WaitConnect(ctx), false)
}

func TestWhatTheStoreCannotDoIsNoAnswer(t *testing.T) {
	s := open(t)
	r := &RedisCluster{}
	for _, err := range []error{
		r.Publish("c", "m"), r.RemoveFromList("a", "b"), r.RemoveSortedSetRange("a", "b", "c"),
		r.StartPubSubHandler(context.Background(), "c", nil),
	} {
		is(t, errors.Is(err, ErrUnsupported), true)
	}
	for _, call := range []func(){
		func() { r.SetRollingWindow("a", 1, "", false) }, func() { r.GetRollingWindow("a", 1, false) },
		func() { r.IsMemberOfSet("a", "b") }, func() { r.AddToSet("a", "b") },
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				is(t, errors.Is(err, ErrUnsupported), true)
			}()
			call()
		}()
	}
	is(t, r.DeleteAllKeys(), false)
	is(t, len(s.lines), 1)
}
