// Package headers is the older name of package header.
package headers

import "github.com/TykTechnologies/tyk/header"

// The names of package header.
const (
	Accept                    = header.Accept
	AcceptEncoding            = header.AcceptEncoding
	Authorization             = header.Authorization
	CacheControl              = header.CacheControl
	Connection                = header.Connection
	ContentEncoding           = header.ContentEncoding
	ContentLength             = header.ContentLength
	ContentType               = header.ContentType
	Cookie                    = header.Cookie
	Expires                   = header.Expires
	Host                      = header.Host
	Pragma                    = header.Pragma
	SetCookie                 = header.SetCookie
	StrictTransportSecurity   = header.StrictTransportSecurity
	TransferEncoding          = header.TransferEncoding
	Upgrade                   = header.Upgrade
	UserAgent                 = header.UserAgent
	WWWAuthenticate           = header.WWWAuthenticate
	SecWebSocketKey           = header.SecWebSocketKey
	SecWebSocketProtocol      = header.SecWebSocketProtocol
	SecWebSocketVersion       = header.SecWebSocketVersion
	ApplicationFormURLEncoded = header.ApplicationFormURLEncoded
	ApplicationJSON           = header.ApplicationJSON
	ApplicationSoapXML        = header.ApplicationSoapXML
	ApplicationXML            = header.ApplicationXML
	TextXML                   = header.TextXML
	TykHookshot               = header.TykHookshot
	XContentTypeOptions       = header.XContentTypeOptions
	XForwardFor               = header.XForwardFor
	XForwardProto             = header.XForwardProto
	XFrameOptions             = header.XFrameOptions
	XRealIP                   = header.XRealIP
	XXSSProtection            = header.XXSSProtection
	XRateLimitLimit           = header.XRateLimitLimit
	XRateLimitRemaining       = header.XRateLimitRemaining
	XRateLimitReset           = header.XRateLimitReset
	XAuthResult               = header.XAuthResult
	XGenerator                = header.XGenerator
	XInitialURI               = header.XInitialURI
	XSessionAlias             = header.XSessionAlias
	XTykAcceptExampleCode     = header.XTykAcceptExampleCode
	XTykAcceptExampleName     = header.XTykAcceptExampleName
	XTykAuthorization         = header.XTykAuthorization
	XTykHostname              = header.XTykHostname
	XTykNodeID                = header.XTykNodeID
	XTykNonce                 = header.XTykNonce
	XTykSessionID             = header.XTykSessionID
)
