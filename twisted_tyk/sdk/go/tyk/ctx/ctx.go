package ctx

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/apidef/oas"
	"github.com/TykTechnologies/tyk/config"
	"github.com/TykTechnologies/tyk/internal/layer"
	"github.com/TykTechnologies/tyk/log"
	"github.com/TykTechnologies/tyk/storage"
	"github.com/TykTechnologies/tyk/user"
)

func text(r *http.Request, key Key) string {
	found, _ := r.Context().Value(key).(string)
	return found
}

// GetAuthToken returns the key that the client presented, or empty.
func GetAuthToken(r *http.Request) string { return text(r, AuthToken) }

// GetSession returns the session of the request, or nil. It is the session
// itself: later steps see what is changed in it.
func GetSession(r *http.Request) *user.SessionState {
	switch found := r.Context().Value(SessionData).(type) {
	case nil:
		return nil
	case *user.SessionState:
		return found
	default:
		// A session of another type, as from another version of this package.
		session := user.NewSessionState()
		data, err := json.Marshal(found)
		if err == nil {
			err = json.Unmarshal(data, session)
		}
		if err != nil {
			log.Get().WithError(err).Warning("the session is of a type that cannot be read")
			return nil
		}
		return session
	}
}

// SetSession gives the request a session. It panics when the session is nil.
//
// args are those of Tyk's signatures, old and new: whether to store the
// session, a bool, and before it, in old sources, the key, a string. After it
// whether to hash the key: as in Tyk this counts only when two or more are
// given, else the setting hash_keys does. A session without a KeyID gets the
// key, or else the one that the client presented.
func SetSession(r *http.Request, s *user.SessionState, args ...interface{}) {
	if s == nil {
		panic("SetSession: the session is nil")
	}
	store, hash := false, config.Global().HashKeys
	var flags []bool
	for i, arg := range args {
		switch value := arg.(type) {
		case string:
			if i > 0 {
				panic(fmt.Sprintf("SetSession: argument %d is a string", i+3))
			}
			if value != "" {
				s.KeyID = value
			}
		case bool:
			flags = append(flags, value)
		default:
			panic(fmt.Sprintf("SetSession: argument %d is a %T", i+3, arg))
		}
	}
	if len(flags) > 0 {
		store = flags[0]
	}
	if len(flags) > 2 {
		hash = flags[1]
	}
	if s.KeyID == "" {
		s.KeyID = GetAuthToken(r)
	}
	if s.KeyHashEmpty() {
		s.SetKeyHash(storage.HashKey(s.KeyID, hash))
	}
	if store {
		s.Touch()
	}
	ctx := layer.With(r.Context(), SessionData, s)
	ctx = layer.With(ctx, AuthToken, s.KeyID)
	*r = *r.WithContext(layer.With(ctx, UpdateSession, store))
}

// SetDefinition gives the request a definition, for later steps and hooks.
func SetDefinition(r *http.Request, s *apidef.APIDefinition) {
	*r = *r.WithContext(layer.With(r.Context(), Definition, s))
}

// GetDefinition returns a copy of the definition of an API in the classic
// format, or nil.
func GetDefinition(r *http.Request) *apidef.APIDefinition {
	if found, ok := r.Context().Value(Definition).(*apidef.APIDefinition); ok && found != nil {
		return found.Clone()
	}
	return nil
}

// SetOASDefinition gives the request a definition, for later steps and hooks.
func SetOASDefinition(r *http.Request, s *oas.OAS) {
	*r = *r.WithContext(layer.With(r.Context(), OASDefinition, s))
}

// GetOASDefinition returns a copy of the definition of an API in the OpenAPI
// format, or nil.
func GetOASDefinition(r *http.Request) *oas.OAS {
	found, ok := r.Context().Value(OASDefinition).(*oas.OAS)
	if !ok || found == nil {
		return nil
	}
	copied, err := found.Clone()
	if err != nil {
		return nil
	}
	return copied
}

// GetMCPMethod returns the method of a request of the Model Context Protocol.
func GetMCPMethod(r *http.Request) string { return text(r, MCPMethod) }

// GetMCPPrimitiveType returns whether it is about a tool, resource or prompt.
func GetMCPPrimitiveType(r *http.Request) string { return text(r, MCPPrimitiveType) }

// GetMCPPrimitiveName returns the name of that.
func GetMCPPrimitiveName(r *http.Request) string { return text(r, MCPPrimitiveName) }

// GetJSONRPCErrorCode returns the code of a JSON-RPC error, or 0.
func GetJSONRPCErrorCode(r *http.Request) int {
	code, _ := r.Context().Value(JSONRPCErrorCode).(int)
	return code
}
