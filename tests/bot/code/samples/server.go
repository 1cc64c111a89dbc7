package server

import (
	"fmt"
	h "example.com/mod/http"
)

const Max = 10

var (
	ErrA = errors.New("a")
	errB error
)

// Server does.
type Server struct {
	mu   sync.Mutex
	next *Node
}

type (
	Handler interface {
		Serve(w h.Writer) error
	}
	ID = string
)

func New(addr string, opts ...Option) (*Server, error) {
	return &Server{next: Node{}}, nil
}

func (s *Server) Run(ctx context.Context) error {
	fmt.Println(s)
	return run(ctx)
}

func (l List[T]) Len() int { return 0 }
