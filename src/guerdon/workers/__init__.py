"""What a server does by itself in the background: each job a loop that outlives its errors."""
