package storage

import (
	"context"
	"sync/atomic"

	"github.com/TykTechnologies/tyk/config"
)

// ConnectionHandler stands for the connection to Redis. The gateway's store
// is always there, so it only remembers whether it was disabled.
type ConnectionHandler struct{ disabled atomic.Bool }

// NewConnectionHandler returns one.
func NewConnectionHandler(context.Context) *ConnectionHandler { return &ConnectionHandler{} }

// Connect calls onConnect, if there is one.
func (rc *ConnectionHandler) Connect(_ context.Context, onConnect func(), _ *config.Config) {
	if onConnect != nil {
		onConnect()
	}
}

// Connected says whether it was not disabled.
func (rc *ConnectionHandler) Connected() bool { return !rc.disabled.Load() }

// WaitConnect is Connected unless the context is over.
func (rc *ConnectionHandler) WaitConnect(ctx context.Context) bool {
	return ctx.Err() == nil && rc.Connected()
}

// DisableStorage has all methods of stores with this handler fail, or no more.
func (rc *ConnectionHandler) DisableStorage(setStorageDown bool) { rc.disabled.Store(setStorageDown) }

// Disconnect does nothing.
func (rc *ConnectionHandler) Disconnect() error { return nil }

// RedisController is the older form of ConnectionHandler.
type RedisController struct{ connection *ConnectionHandler }

// NewRedisController returns one.
func NewRedisController(ctx context.Context) *RedisController {
	return &RedisController{NewConnectionHandler(ctx)}
}

// ConnectToRedis calls onReconnect, if there is one, and returns.
func (rc *RedisController) ConnectToRedis(
	ctx context.Context, onReconnect func(), conf *config.Config,
) {
	rc.connection.Connect(ctx, onReconnect, conf)
}

// Connected says whether it was not disabled.
func (rc *RedisController) Connected() bool { return rc.connection.Connected() }

// WaitConnect is Connected unless the context is over.
func (rc *RedisController) WaitConnect(ctx context.Context) bool {
	return rc.connection.WaitConnect(ctx)
}

// DisableRedis has all methods of stores with this controller fail, or no more.
func (rc *RedisController) DisableRedis(setRedisDown bool) {
	rc.connection.DisableStorage(setRedisDown)
}
