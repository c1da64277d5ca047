package storage

import "testing"

func TestHashesAreThoseOfOthers(t *testing.T) {
	const fox = "The quick brown fox jumps over the lazy dog"
	for _, test := range [][3]string{
		{HashMurmur32, "", "00000000"}, {HashMurmur32, "hello", "248bfa47"}, {HashMurmur32, fox, "2e4ff723"},
		{HashMurmur128, "", "00000000000000000000000000000000"},
		{HashMurmur128, "hello", "cbd8a7b341bd9b025b1e906a48ae1d19"},
		{HashMurmur128, fox, "e34bbc7bbc071b6c7a433ca9c49a9347"},
		{HashMurmur64, fox, "e34bbc7bbc071b6c"},
		{HashSha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"unknown", "hello", "248bfa47"}, {"", "hello", "248bfa47"},
	} {
		is(t, HashStr(test[1], test[0]), test[2])
	}
	is(t, HashKey("hello", true), "248bfa47")
	is(t, HashKey("hello", false), "hello")
	is(t, HashKey("hello"), "hello")
}

func TestTokens(t *testing.T) {
	token, err := GenerateToken("org", "id", HashSha256)
	is(t, err, nil)
	is(t, token, "eyJvcmciOiJvcmciLCJpZCI6ImlkIiwiaCI6InNoYTI1NiJ9")
	is(t, TokenOrg(token), "org")
	id, err := TokenID(token)
	is(t, id, "id")
	is(t, err, nil)
	is(t, HashStr(token), HashStr(token, HashSha256))
	token, err = GenerateToken("org", "", "unknown")
	is(t, err != nil, true)
	is(t, TokenHashAlgo(token), HashMurmur64)
	token, _ = GenerateToken("53ac07777cbb8c2d53000002", "", "")
	is(t, len(token), 24+32)
	is(t, TokenOrg(token), "53ac07777cbb8c2d53000002")
	for _, none := range []string{"", "eynonsense", "a key that is no token at all"} {
		is(t, TokenOrg(none), "")
		is(t, TokenHashAlgo(none), "")
	}
	_, err = TokenID("?")
	is(t, err != nil, true)
}
