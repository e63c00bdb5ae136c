// Greeting greets visitors by their names. It needs Go 1.19 or newer and no modules.
//
// GET /greeting answers the greeting.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"net/http"
	"net/url"
	"os/signal"
	"syscall"
	"time"
)

// What identity decides by. Nothing else of a visitor's request is sent on.
var askedWith = []string{"Authorization", "Cookie", "Origin", "Sec-Fetch-Site", "X-Request-Id", "Traceparent"}

// What a refusal says besides its body: how to sign in, when to ask again, and that a dead cookie is cleared.
var refusedWith = []string{"Content-Type", "Www-Authenticate", "Retry-After", "Set-Cookie"}

// A problem of identity is smaller.
const refusalBytesMax = 64 << 10

// Account is who sent a request.
type Account struct {
	ID   string
	Name string
}

type accountKey struct{}

// AccountOf is the account of a request that passed RequireSession.
func AccountOf(request *http.Request) Account {
	account, _ := request.Context().Value(accountKey{}).(Account)
	return account
}

// Identity asks the service that knows sessions.
type Identity struct {
	URL    string
	Client *http.Client
}

// RequireSession lets requests with a live session through. Others get identity's own answer: 401 or 403, and 503 while
// nobody can tell, which is not the same as signed out.
func (identity Identity) RequireSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		answer, err := identity.authorize(request)
		if err != nil {
			log.Printf("identity can't be asked: %v", err)
			response.Header().Set("Retry-After", "1")
			response.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			for _, name := range refusedWith {
				response.Header()[name] = answer.Header.Values(name)
			}
			response.WriteHeader(answer.StatusCode)
			io.Copy(response, io.LimitReader(answer.Body, refusalBytesMax))
			return
		}
		// Header values are ASCII, so the name is percent-encoded.
		name, err := url.PathUnescape(answer.Header.Get("Identity-Display-Name"))
		if err != nil {
			http.Error(response, "identity's answer can't be read", http.StatusBadGateway)
			return
		}
		account := Account{ID: answer.Header.Get("Identity-Account-Id"), Name: name}
		next.ServeHTTP(response, request.WithContext(context.WithValue(request.Context(), accountKey{}, account)))
	})
}

// The visitor's own method is asked with, because a cookie may change something only from a page of the same origin.
// Every request is asked about anew: a session that was ended is refused from then on.
func (identity Identity) authorize(visitor *http.Request) (*http.Response, error) {
	request, err := http.NewRequestWithContext(visitor.Context(), visitor.Method, identity.URL+"/authorize?claims=name", nil)
	if err != nil {
		return nil, err
	}
	for _, name := range askedWith {
		if values := visitor.Header.Values(name); len(values) > 0 {
			request.Header[name] = values
		}
	}
	return identity.Client.Do(request)
}

func greet(response http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet {
		response.Header().Set("Allow", http.MethodGet)
		response.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	response.Header().Set("Content-Type", "application/json")
	// The answer is about one account, so nobody may keep it.
	response.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(response).Encode(map[string]string{"greeting": "Hello, " + AccountOf(request).Name})
}

func main() {
	address := flag.String("address", "127.0.0.1:3002", "where to listen")
	identityURL := flag.String("identity", "http://127.0.0.1:8080", "where identity is")
	flag.Parse()

	identity := Identity{URL: *identityURL, Client: &http.Client{
		Timeout: 5 * time.Second,
		// A redirection would be an answer to the visitor, not to us.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	mux := http.NewServeMux()
	mux.Handle("/greeting", identity.RequireSession(http.HandlerFunc(greet)))
	server := &http.Server{Addr: *address, Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	<-ctx.Done()
	deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		log.Print(err)
	}
}
