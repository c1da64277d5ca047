package storage

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/TykTechnologies/tyk/config"
)

// Names of hash functions.
const (
	HashSha256    = "sha256"
	HashMurmur32  = "murmur32"
	HashMurmur64  = "murmur64"
	HashMurmur128 = "murmur128"
)

// B64JSONPrefix is how tokens begin that are JSON in base64, and
// MongoBsonIdLength how long the id of an organisation is.
const (
	B64JSONPrefix     = "ey"
	MongoBsonIdLength = 24
)

type token struct {
	Org string `json:"org"`
	ID  string `json:"id"`
	H   string `json:"h"`
}

func parse(text string) (token, error) {
	var found token
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return found, err
	}
	return found, json.Unmarshal(data, &found)
}

func digest(algorithm string, data []byte) ([]byte, error) {
	switch algorithm {
	case HashSha256:
		sum := sha256.Sum256(data)
		return sum[:], nil
	case HashMurmur64:
		return murmur128(data)[:8], nil
	case HashMurmur128:
		return murmur128(data), nil
	case HashMurmur32, "":
		return murmur32(data), nil
	}
	return nil, fmt.Errorf("storage: there is no hash function %q", algorithm)
}

// HashStr is the hash of a text in hexadecimal digits: with the function
// given, else with the one that the text names if it is a token, else murmur32.
func HashStr(in string, withAlg ...string) string {
	algorithm := TokenHashAlgo(in)
	if len(withAlg) > 0 && withAlg[0] != "" {
		algorithm = withAlg[0]
	}
	sum, err := digest(algorithm, []byte(in))
	if err != nil {
		sum = murmur32([]byte(in))
	}
	return hex.EncodeToString(sum)
}

// HashKey is HashStr of a key if keys are hashed, else the key: as the second
// argument says, or the setting hash_keys.
func HashKey(in string, hashKey ...bool) string {
	hash := false
	if len(hashKey) > 0 {
		hash = hashKey[0]
	} else {
		hash = config.Global().HashKeys
	}
	if !hash {
		return in
	}
	return HashStr(in)
}

// TokenHashAlgo is the hash function that a token names.
func TokenHashAlgo(text string) string {
	if !strings.HasPrefix(text, B64JSONPrefix) {
		return ""
	}
	found, err := parse(text)
	if err != nil {
		return ""
	}
	return found.H
}

// TokenID is the id in a token.
func TokenID(text string) (string, error) {
	found, err := parse(text)
	return found.ID, err
}

// TokenOrg is the organisation of a token, or empty.
func TokenOrg(text string) string {
	found, err := parse(text)
	if err == nil && strings.HasPrefix(text, B64JSONPrefix) {
		return found.Org
	}
	org := text[:min(len(text), MongoBsonIdLength)]
	if _, err := hex.DecodeString(org); err != nil || org == text {
		return ""
	}
	return org
}

// GenerateToken makes a token of an organisation and an id, which is made up
// when it is empty. It is JSON in base64 when there is a hash function, which
// is murmur64 in place of an unknown one, told by the error; else it is both
// texts joined.
func GenerateToken(orgID, keyID, hashAlgorithm string) (string, error) {
	if keyID == "" {
		random := make([]byte, 16)
		if _, err := rand.Read(random); err != nil {
			return "", err
		}
		// A UUID of version 4 without its dashes.
		random[6] = random[6]&0x0f | 0x40
		random[8] = random[8]&0x3f | 0x80
		keyID = hex.EncodeToString(random)
	}
	if hashAlgorithm == "" {
		return orgID + keyID, nil
	}
	_, unknown := digest(hashAlgorithm, nil)
	if unknown != nil {
		hashAlgorithm = HashMurmur64
	}
	text, err := json.Marshal(token{orgID, keyID, hashAlgorithm})
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(text), unknown
}
