"""The pages: server-rendered Korean screens for clinicians and patients, and the same data as JSON."""
