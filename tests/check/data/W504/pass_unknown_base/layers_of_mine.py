from elsewhere import Base


class Child(Base):
    pass
