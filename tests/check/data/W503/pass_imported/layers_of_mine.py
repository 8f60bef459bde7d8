from elsewhere import Other
