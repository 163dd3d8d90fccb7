package dsl

// depthFirst visits the nodes of a graph. It gives those reached, each behind those that
// it leads to, as far as they don't lead back to it, and calls circle for each edge that
// closes one: path leads from the node that the edge goes to, to the one it comes from.
func depthFirst[N comparable, E any](nodes []N, edges func(N) []E, to func(E) N, circle func(path []N, e E)) []N {
	type frame struct {
		node N
		left []E // edges still to follow
	}
	var stack []frame
	var path, done []N
	onPath := map[N]int{} // counted from 1; -1 for those done
	enter := func(n N) {
		path = append(path, n)
		onPath[n] = len(path)
		stack = append(stack, frame{n, edges(n)})
	}
	for _, n := range nodes {
		if onPath[n] != 0 {
			continue
		}
		for enter(n); len(stack) > 0; {
			top := &stack[len(stack)-1]
			if len(top.left) == 0 {
				onPath[top.node] = -1
				done = append(done, top.node)
				stack, path = stack[:len(stack)-1], path[:len(path)-1]
				continue
			}
			e := top.left[0]
			top.left = top.left[1:]
			switch at := onPath[to(e)]; {
			case at > 0:
				circle(path[at-1:], e)
			case at == 0:
				enter(to(e))
			}
		}
	}
	return done
}
