// Package regexp is the standard one, keeping what it has compiled.
package regexp

import (
	"regexp"
	"sync"
	"time"
)

// A Regexp is a compiled expression.
type Regexp struct {
	*regexp.Regexp
	// FromCache says that it was compiled before.
	FromCache bool
}

// Copy returns the same expression.
func (re *Regexp) Copy() *Regexp { return &Regexp{Regexp: re.Regexp, FromCache: re.FromCache} }

// Longest has the expression match the longest text. It touches this one alone.
func (re *Regexp) Longest() {
	fresh := regexp.MustCompile(re.Regexp.String())
	fresh.Longest()
	re.Regexp = fresh
}

const most = 1024

var (
	mutex sync.RWMutex
	kept  = map[string]*regexp.Regexp{}
)

func compiled(expr string, compile func(string) (*regexp.Regexp, error), mark string) (*Regexp, error) {
	mutex.RLock()
	found := kept[mark+expr]
	mutex.RUnlock()
	if found != nil {
		return &Regexp{Regexp: found, FromCache: true}, nil
	}
	fresh, err := compile(expr)
	if err != nil {
		return nil, err
	}
	mutex.Lock()
	if len(kept) >= most {
		clear(kept)
	}
	kept[mark+expr] = fresh
	mutex.Unlock()
	return &Regexp{Regexp: fresh}, nil
}

// Compile compiles an expression.
func Compile(expr string) (*Regexp, error) { return compiled(expr, regexp.Compile, "") }

// CompilePOSIX compiles an expression of the POSIX syntax.
func CompilePOSIX(expr string) (*Regexp, error) {
	return compiled(expr, regexp.CompilePOSIX, "\x00")
}

// MustCompile is Compile for expressions that are right; it panics for others.
func MustCompile(str string) *Regexp { return must(Compile(str)) }

// MustCompilePOSIX is the same for CompilePOSIX.
func MustCompilePOSIX(str string) *Regexp { return must(CompilePOSIX(str)) }

func must(re *Regexp, err error) *Regexp {
	if err != nil {
		panic("regexp: " + err.Error())
	}
	return re
}

// MatchString says whether the text has a match.
func MatchString(pattern string, s string) (matched bool, err error) {
	re, err := Compile(pattern)
	if err != nil {
		return false, err
	}
	return re.MatchString(s), nil
}

// Match is MatchString for bytes.
func Match(pattern string, b []byte) (matched bool, err error) {
	re, err := Compile(pattern)
	if err != nil {
		return false, err
	}
	return re.Match(b), nil
}

// QuoteMeta is an expression that matches the text.
func QuoteMeta(s string) string { return regexp.QuoteMeta(s) }

// ResetCache forgets what was compiled.
func ResetCache(time.Duration, bool) {
	mutex.Lock()
	clear(kept)
	mutex.Unlock()
}
