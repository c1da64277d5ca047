package apidef

import (
	"fmt"
	"slices"
	"sync"
)

// A HostList is a list of hosts that goroutines share.
type HostList struct {
	mutex sync.RWMutex
	hosts []string
}

// NewHostList returns an empty list.
func NewHostList() *HostList { return &HostList{} }

// NewHostListFromList returns a list of these hosts.
func NewHostListFromList(newList []string) *HostList {
	h := NewHostList()
	h.Set(newList)
	return h
}

// Set replaces the hosts.
func (h *HostList) Set(newList []string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.hosts = slices.Clone(newList)
}

// All returns a copy of the list.
func (h *HostList) All() []string {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	return slices.Clone(h.hosts)
}

// GetIndex returns one of the hosts.
func (h *HostList) GetIndex(i int) (string, error) {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	if i < 0 || i >= len(h.hosts) {
		return "", fmt.Errorf("there is no host %d, there are %d", i, len(h.hosts))
	}
	return h.hosts[i], nil
}

// Len is how many hosts there are.
func (h *HostList) Len() int {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	return len(h.hosts)
}
