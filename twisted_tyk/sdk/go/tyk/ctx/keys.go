// Package ctx is what a request carries: its session, its API, and what steps
// of the gateway and hooks leave for each other.
package ctx

// Key is the type of the keys below in the context of a request.
type Key uint

// The keys, in the order that Tyk has them. A request has values under
// SessionData, AuthToken, Definition or OASDefinition, ContextData and
// UrlRewriteTarget, and values that a hook sets there go back to the gateway.
const (
	SessionData Key = iota
	UpdateSession
	AuthToken
	HashedAuthToken
	VersionData
	VersionName
	VersionDefault
	OrgSessionContext
	ContextData
	RetainHost
	TrackThisEndpoint
	DoNotTrackThisEndpoint
	UrlRewritePath
	InternalRedirectTarget
	RequestMethod
	OrigRequestURL
	LoopLevel
	LoopLevelLimit
	ThrottleLevel
	ThrottleLevelLimit
	Trace
	CheckLoopLimits
	UrlRewriteTarget
	TransformedRequestMethod
	Definition
	RequestStatus
	GraphQLRequest
	GraphQLIsWebSocketUpgrade
	CacheOptions
	OASDefinition
	SelfLooping
	RequestStartTime
	ErrorClassification
	JsonRPCRouting
	JSONRPCRequest
	JSONRPCRoutingState
	MCPRouting
	OriginalRequestPath
	MCPMethod
	MCPPrimitiveType
	MCPPrimitiveName
	JSONRPCErrorCode
	MatchedIdPBinding
)
