package regexp

import (
	"fmt"
	"testing"
)

func TestExpressionsAreKept(t *testing.T) {
	ResetCache(0, true)
	one, two := MustCompile("^a+"), MustCompile("^a+")
	if one.FromCache || !two.FromCache || one.Regexp != two.Regexp || two.ReplaceAllString("aab", "x") != "xb" {
		t.Error(one, two)
	}
	if MustCompilePOSIX("^a+").FromCache {
		t.Error("an expression of another syntax was taken")
	}
	two.Longest()
	if one.Regexp == two.Regexp || one.Copy().Regexp != one.Regexp {
		t.Error("the kept one was changed")
	}
	for i := 0; i < most+1; i++ {
		MustCompile(fmt.Sprint(i))
	}
	if len(kept) > most {
		t.Error(len(kept))
	}
}

func TestMatches(t *testing.T) {
	if ok, err := MatchString("a.c", "xabcx"); !ok || err != nil {
		t.Error(ok, err)
	}
	if ok, err := Match("a.c", []byte("ab")); ok || err != nil {
		t.Error(ok, err)
	}
	if _, err := MatchString("(", ""); err == nil {
		t.Error("it was compiled")
	}
	if _, err := Match("(", nil); err == nil || QuoteMeta("a.b") != `a\.b` {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	MustCompile("(")
}
