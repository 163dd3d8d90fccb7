package store

import (
	"context"
	"errors"
)

func (s *sqlite) Functions() ([]Function, error) {
	rows, err := s.reader.Query("SELECT name, published, sum FROM functions ORDER BY name")
	if err != nil {
		return nil, explain(s.path, err)
	}
	defer rows.Close()
	var out []Function
	for rows.Next() {
		var f Function
		var sum int64
		if err := rows.Scan(&f.Name, &f.Published, &sum); err != nil {
			return nil, explain(s.path, err)
		}
		if sum != f.sum() {
			f.Damage = errors.New("what is published of it " + wrongSum)
		}
		out = append(out, f)
	}
	return out, explain(s.path, rows.Err())
}

func (s *sqlite) SetFunction(name string, published []byte) error {
	f := Function{Name: name, Published: published}
	return s.do(&job{also: func() error {
		_, err := s.writer.ExecContext(context.Background(),
			"INSERT INTO functions (name, published, sum) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET published = excluded.published, sum = excluded.sum",
			name, string(published), f.sum())
		return err
	}})
}
